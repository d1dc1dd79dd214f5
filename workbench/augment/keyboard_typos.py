"""Augmentation: slips of the finger."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.step import Strength
from workbench.augment.text_step import TextStep
from workbench.augment.words import characters

_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, str]:
    """The keys beside, above and below each key; every row of a keyboard sits half a key further right."""
    place = {key: (row, column + row / 2) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}
    return {
        key: "".join(
            other for other, (r, c) in place.items() if other != key and abs(r - row) <= 1 and abs(c - at) <= 1
        )
        for key, (row, at) in place.items()
    }


NEIGHBOURS = _neighbours()


class KeyboardTypos(TextStep):
    """Letters and digits become a neighbour on a QWERTY keyboard. Whatever is not on it, such as Chinese, is typed in
    other ways: there, a character changes places with the next one, which is the slip that all scripts share."""

    title: ClassVar[str] = "Typing mistakes"
    summary: ClassVar[str] = "Hits a neighbouring key now and then, so that mistyped words are understood too."
    icon: ClassVar[str] = "keyboard"
    group: ClassVar[str] = "Characters"
    hurts: ClassVar[str] = (
        "Not where numbers and codes decide, since digits change too. Scripts that are not on a QWERTY keyboard get "
        "exchanged neighbours instead."
    )
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.01}, "strong": {"rate": 0.06}}

    step: Literal["keyboard-typos"] = "keyboard-typos"
    rate: float = Field(
        default=0.02,
        ge=0,
        le=0.5,
        title="Share of characters",
        description="Each character is mistyped with this probability. 0.02 is a slip in every tenth word or so.",
    )

    def apply(self, text: str, draw: random.Random) -> str:
        """The text with some of its characters mistyped; blanks and line breaks stay."""
        signs = characters(text)
        for place, sign in enumerate(signs):
            if sign.isspace() or draw.random() >= self.rate:
                continue
            keys = NEIGHBOURS.get(sign.lower())
            if keys:
                key = draw.choice(keys)
                signs[place] = key.upper() if sign.isupper() else key
            elif place + 1 < len(signs) and not signs[place + 1].isspace():
                signs[place], signs[place + 1] = signs[place + 1], sign
        return "".join(signs)
