"""Augmentation: exchange words at random."""

import random
from typing import ClassVar, Literal

from pydantic import Field

from workbench.augment.step import TextStep
from workbench.augment.words import put_together, take_apart


class WordSwap(TextStep):
    """Random swap, one of the operations of EDA (Wei and Zou, 2019, https://arxiv.org/abs/1901.11196)."""

    title: ClassVar[str] = "Swap words"
    summary: ClassVar[str] = "Exchanges some words of a text in every epoch, so that the order counts for less."
    icon: ClassVar[str] = "swap_horiz"

    step: Literal["word-swap"] = "word-swap"
    rate: float = Field(
        default=0.1,
        ge=0,
        le=0.9,
        title="Share of words",
        description="This share of the words changes places. 0.1 is gentle; where the order matters, stay below it.",
    )

    def apply(self, text: str, draw: random.Random) -> str:
        """The text with the same words in another order; the gaps stay where they are."""
        words, gaps = take_apart(text)
        if len(words) < 2:
            return text
        # A pair is two words; the fraction of a pair that remains is drawn, so that short texts change too.
        pairs = self.rate * len(words) / 2
        for _ in range(int(pairs) + (draw.random() < pairs % 1)):
            one, other = draw.sample(range(len(words)), 2)
            words[one], words[other] = words[other], words[one]
        return put_together(words, gaps)
