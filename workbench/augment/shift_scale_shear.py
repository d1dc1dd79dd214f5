"""Augmentation: move, magnify and slant images."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment import geometry
from workbench.augment.draws import Floats, between
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength


class ShiftScaleShear(ImageStep):
    """Every image is moved, magnified and slanted by amounts that are drawn evenly up to the limits."""

    title: ClassVar[str] = "Shift, scale and shear"
    summary: ClassVar[str] = "Moves, magnifies and slants images a little, as another point of view does."
    icon: ClassVar[str] = "transform"
    group: ClassVar[str] = "Position"
    hurts: ClassVar[str] = "Not when the exact place or size is the answer, as in measuring."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {
        "gentle": {"shift": 0.03, "scale": 0.05, "shear": 2},
        "strong": {"shift": 0.12, "scale": 0.25, "shear": 12},
    }
    draws: ClassVar[int] = 4

    step: Literal["shift-scale-shear"] = "shift-scale-shear"
    shift: float = Field(
        default=0.06,
        ge=0,
        le=0.5,
        title="Shift up to",
        description="The farthest way that an image moves, as a share of its width and height.",
    )
    scale: float = Field(
        default=0.1,
        ge=0,
        le=0.5,
        title="Scale up to",
        description="How much larger or smaller things become at most: 0.1 is 10 % either way.",
    )
    shear: float = Field(
        default=5.0,
        ge=0,
        le=45,
        title="Shear up to",
        description="The largest angle by which upright things lean.",
        json_schema_extra={"unit": "degrees"},
    )

    def geometry(self, drawn: Floats, aspect: float) -> Floats:
        evenly = between(-1, 1, drawn)
        size = 1 / (1 + self.scale) ** evenly[:, 2]
        lean = np.tan(np.deg2rad(self.shear * evenly[:, 3]))
        moved = geometry.shifted(2 * self.shift * evenly[:, 0], 2 * self.shift * evenly[:, 1])
        return moved @ geometry.scaled(size, size) @ geometry.sheared(lean, np.zeros_like(lean), aspect)
