"""Augmentation: leave out words at random."""

import random
from typing import ClassVar, Literal

from pydantic import Field

from workbench.augment.step import TextStep
from workbench.augment.words import put_together, take_apart


class WordDropout(TextStep):
    """Random deletion, one of the operations of EDA (Wei and Zou, 2019, https://arxiv.org/abs/1901.11196)."""

    title: ClassVar[str] = "Leave out words"
    summary: ClassVar[str] = "Leaves out some words in every epoch, so that the model does not hang on a single one."
    icon: ClassVar[str] = "backspace"

    step: Literal["word-dropout"] = "word-dropout"
    rate: float = Field(
        default=0.1,
        ge=0,
        le=0.9,
        title="Share of words",
        description="Each word is left out with this probability. 0.1 is gentle; above 0.3 texts lose their meaning.",
    )

    def apply(self, text: str, draw: random.Random) -> str:
        """The text without some of its words; at least one stays, and the gap after a word goes with it."""
        words, gaps = take_apart(text)
        if len(words) < 2:
            return text
        keep = [draw.random() >= self.rate for _ in words]
        if not any(keep):
            keep[draw.randrange(len(words))] = True
        if all(keep):
            return text
        kept = [place for place, stays in enumerate(keep) if stays]
        last = gaps[-1] if keep[-1] else ""
        return put_together([words[place] for place in kept], ["", *(gaps[place] for place in kept[1:]), last])
