"""The shape of an augmentation step: a pure function of a sample and a random draw."""

import random
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class TextStep(BaseModel):
    """Settings of one text augmentation; fields carry title, description and limits for forms."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    title: ClassVar[str]
    summary: ClassVar[str]
    icon: ClassVar[str]

    def apply(self, text: str, draw: random.Random) -> str:
        """Another version of ``text``; the same draw gives the same version."""
        raise NotImplementedError


def draw(seed: int, epoch: int, sample: int, position: int) -> random.Random:
    """The random numbers for one step of one sample in one epoch: nothing else enters, so a resumed run,
    another order or another number of workers gives the same text."""
    return random.Random(f"{seed}/{epoch}/{sample}/{position}")  # noqa: S311  (augmentation is no secret)
