"""Augmentation: characters that are missing, doubled or exchanged."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.step import Strength
from workbench.augment.text_step import TextStep
from workbench.augment.words import characters

Slip = Literal["leave out", "put in", "exchange"]
SLIPS: tuple[Slip, ...] = ("leave out", "put in", "exchange")


class CharacterNoise(TextStep):
    """Noise as in Belinkov and Bisk (2018, https://arxiv.org/abs/1711.02173); what is put in comes from the same text,
    so that every script keeps to its own characters."""

    title: ClassVar[str] = "Character noise"
    summary: ClassVar[str] = "Leaves out, puts in or exchanges single characters, as hasty writing and bad scans do."
    icon: ClassVar[str] = "blur_on"
    group: ClassVar[str] = "Characters"
    hurts: ClassVar[str] = "Not where single characters decide: chemical names, serial numbers, source code."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.01}, "strong": {"rate": 0.06}}

    step: Literal["character-noise"] = "character-noise"
    rate: float = Field(
        default=0.02,
        ge=0,
        le=0.5,
        title="Share of characters",
        description="Each character is touched with this probability. Above 0.1 few words stay whole.",
    )
    how: Literal["anything", "leave out", "put in", "exchange"] = Field(
        default="anything", title="What happens", description="What is done to a character that is touched."
    )

    def apply(self, text: str, draw: random.Random) -> str:
        """The text with some characters touched; blanks stay, and so does at least one character."""
        signs = characters(text)
        visible = [sign for sign in signs if not sign.isspace()]
        left = len(visible)
        made: list[str] = []
        place = 0
        while place < len(signs):
            sign = signs[place]
            place += 1
            how = "nothing"
            if not sign.isspace() and draw.random() < self.rate:
                how = draw.choice(SLIPS) if self.how == "anything" else self.how
            if how == "leave out" and left > 1:
                left -= 1
            elif how == "put in":
                made += [draw.choice(visible), sign]
            elif how == "exchange" and place < len(signs) and not signs[place].isspace():
                made += [signs[place], sign]
                place += 1
            else:
                made.append(sign)
        return "".join(made)
