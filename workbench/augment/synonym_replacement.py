"""Augmentation: put other words of the same meaning, from a list of one's own."""

import random
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import synonyms
from workbench.augment.step import Strength
from workbench.augment.text_step import TextStep


class SynonymReplacement(TextStep):
    """Synonym replacement as in EDA (Wei and Zou, 2019, https://arxiv.org/abs/1901.11196), from the user's own list."""

    title: ClassVar[str] = "Put synonyms"
    summary: ClassVar[str] = "Puts other words of your list in place of some words, so that the model knows them too."
    icon: ClassVar[str] = "find_replace"
    group: ClassVar[str] = "Words"
    hurts: ClassVar[str] = (
        "Not where the exact word matters, as in names, law and medicine. A word may mean two things."
    )
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.15}, "strong": {"rate": 0.6}}

    step: Literal["synonyms"] = "synonyms"
    rate: float = Field(
        default=0.3,
        ge=0,
        le=1,
        title="Share of listed words",
        description="Each word that is in the list is replaced with this probability. Words not in the list stay.",
    )
    words: synonyms.Lines = Field(
        default="",
        description=(
            "One word or phrase a line, as in 'big: large, huge': 'large' or 'huge' may then stand for 'big', but not "
            "'big' for 'large'. Without a list nothing is replaced."
        ),
    )

    def apply(self, text: str, draw: random.Random) -> str:
        """The text with some listed words replaced by others, capitalised alike."""

        def other(found: re.Match[str]) -> str:
            if draw.random() >= self.rate:
                return found.group()
            return synonyms.like(found.group(), draw.choice(synonyms.others(self.words, found.group())))

        return synonyms.pattern(self.words).sub(other, text)
