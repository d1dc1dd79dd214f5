"""Augmentation: exchange words at random."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.step import Strength
from workbench.augment.text_step import WordStep, times


class WordSwap(WordStep):
    """Random swap, one of the operations of EDA (Wei and Zou, 2019, https://arxiv.org/abs/1901.11196)."""

    title: ClassVar[str] = "Swap words"
    summary: ClassVar[str] = "Exchanges some words of a text in every epoch, so that the order counts for less."
    icon: ClassVar[str] = "swap_horiz"
    hurts: ClassVar[str] = "Not where the order is the meaning: 'dog bites man', dates, names and quotations."
    comes_first: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.05}, "strong": {"rate": 0.2}}

    step: Literal["word-swap"] = "word-swap"
    rate: float = Field(
        default=0.1,
        ge=0,
        le=0.9,
        title="Share of words",
        description="This share of the words changes places. 0.1 is gentle; where the order matters, stay below it.",
    )

    def change(self, words: list[str], gaps: list[str], draw: random.Random) -> tuple[list[str], list[str]]:
        """The same words in another order; the gaps stay where they are."""
        for _ in range(times(self.rate * len(words) / 2, draw)):  # a pair is two words
            one, other = draw.sample(range(len(words)), 2)
            words[one], words[other] = words[other], words[one]
        return words, gaps
