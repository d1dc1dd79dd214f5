"""Augmentation: mirror images."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment import geometry
from workbench.augment.draws import Floats
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength


class Flip(ImageStep):
    """Mirrored left to right, upside down, or both; exact, without a new sampling of points."""

    title: ClassVar[str] = "Mirror"
    summary: ClassVar[str] = "Mirrors some images, so that the side from which something is seen does not matter."
    icon: ClassVar[str] = "flip"
    group: ClassVar[str] = "Position"
    hurts: ClassVar[str] = (
        "Not for digits, letters, signs and screens: a mirrored 2 is no 2. Nothing that stands should be upside down."
    )
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"across": 0.25}}
    draws: ClassVar[int] = 2

    step: Literal["flip"] = "flip"
    across: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Left and right",
        description="The share of images that are mirrored left to right. 0.5 shows both sides equally often.",
    )
    down: float = Field(
        default=0.0,
        ge=0,
        le=1,
        title="Upside down",
        description="The share of images that are turned upside down. Right for what is seen from above.",
    )

    def geometry(self, drawn: Floats, aspect: float) -> Floats:  # noqa: ARG002
        across = np.where(drawn[:, 0] < self.across, -1.0, 1.0)
        down = np.where(drawn[:, 1] < self.down, -1.0, 1.0)
        return geometry.scaled(across, down)
