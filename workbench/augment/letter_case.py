"""Augmentation: capital and small letters."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.step import Strength
from workbench.augment.text_step import TextStep
from workbench.augment.words import put_together, take_apart

CASES = {"small letters": str.lower, "CAPITALS": str.upper, "Capital first": str.capitalize}


class LetterCase(TextStep):
    """Other capitals for some words. Scripts without capitals, such as Chinese or Arabic, stay as they are."""

    title: ClassVar[str] = "Change capitals"
    summary: ClassVar[str] = "Writes some words in small letters or in capitals, so that carelessness does not matter."
    icon: ClassVar[str] = "match_case"
    group: ClassVar[str] = "Characters"
    hurts: ClassVar[str] = (
        "Not when shouting matters or capitals mark names. A model whose card says 'uncased' does not see them at all."
    )
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.1}, "strong": {"rate": 0.5}}

    step: Literal["letter-case"] = "letter-case"
    rate: float = Field(
        default=0.2,
        ge=0,
        le=1,
        title="Share of words",
        description="Each word is written anew with this probability. With 1 whole texts are.",
    )
    to: Literal["anything", "small letters", "CAPITALS", "Capital first"] = Field(
        default="anything", title="Written in", description="How the words are written then."
    )

    def apply(self, text: str, draw: random.Random) -> str:
        """The same words and gaps, some of them capitalised in another way."""
        words, gaps = take_apart(text)
        for place, word in enumerate(words):
            if draw.random() < self.rate:
                write = CASES[draw.choice(list(CASES)) if self.to == "anything" else self.to]
                words[place] = write(word)
        return put_together(words, gaps)
