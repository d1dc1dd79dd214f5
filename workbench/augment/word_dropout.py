"""Augmentation: leave out words at random."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.step import Strength
from workbench.augment.text_step import WordStep


class WordDropout(WordStep):
    """Random deletion, one of the operations of EDA (Wei and Zou, 2019, https://arxiv.org/abs/1901.11196)."""

    title: ClassVar[str] = "Leave out words"
    summary: ClassVar[str] = "Leaves out some words in every epoch, so that the model does not hang on a single one."
    icon: ClassVar[str] = "backspace"
    hurts: ClassVar[str] = "Not where one word decides: without 'not', a complaint reads like praise."
    comes_first: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.05}, "strong": {"rate": 0.2}}

    step: Literal["word-dropout"] = "word-dropout"
    rate: float = Field(
        default=0.1,
        ge=0,
        le=0.9,
        title="Share of words",
        description="Each word is left out with this probability. 0.1 is gentle; above 0.3 texts lose their meaning.",
    )

    def change(self, words: list[str], gaps: list[str], draw: random.Random) -> tuple[list[str], list[str]]:
        """Some of the words; at least one stays, and the gap after a word goes with it."""
        keep = [draw.random() >= self.rate for _ in words]
        if not any(keep):
            keep[draw.randrange(len(words))] = True
        if all(keep):
            return words, gaps
        kept = [place for place, stays in enumerate(keep) if stays]
        last = gaps[-1] if keep[-1] else ""
        return [words[place] for place in kept], ["", *(gaps[place] for place in kept[1:]), last]
