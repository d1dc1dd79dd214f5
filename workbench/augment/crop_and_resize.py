"""Augmentation: look at a part of an image."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment import geometry
from workbench.augment.draws import Floats, between
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

_MOST_STRETCHED = np.log(4 / 3)


class CropAndResize(ImageStep):
    """The random crop of Szegedy and others (2015, https://arxiv.org/abs/1409.4842): a part with an even choice of
    areas, at most 4/3 wider or higher than the image is, brought to the image's size."""

    title: ClassVar[str] = "Crop and resize"
    summary: ClassVar[str] = "Shows a part of the image, at full size, so that distance and place do not matter."
    icon: ClassVar[str] = "crop"
    group: ClassVar[str] = "Position"
    hurts: ClassVar[str] = "Not when what decides may be small and near the edge: it could be cut off."
    comes_first: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"smallest": 0.8}, "strong": {"smallest": 0.3}}
    draws: ClassVar[int] = 4

    step: Literal["crop-and-resize"] = "crop-and-resize"
    smallest: float = Field(
        default=0.6,
        ge=0.05,
        le=1,
        title="Smallest part",
        description="The least share of the area that is kept. 1 keeps all; below 0.3 the subject may be gone.",
    )

    def geometry(self, drawn: Floats, aspect: float) -> Floats:  # noqa: ARG002
        area = between(self.smallest, 1, drawn[:, 0])
        # A part as wide as the image can be no wider, so that little is stretched where little is cut.
        stretched = np.minimum(_MOST_STRETCHED, -np.log(area)) * between(-1, 1, drawn[:, 1])
        width, height = np.sqrt(area * np.exp(stretched)), np.sqrt(area * np.exp(-stretched))
        across, down = (1 - width) * between(-1, 1, drawn[:, 2]), (1 - height) * between(-1, 1, drawn[:, 3])
        return geometry.shifted(across, down) @ geometry.scaled(width, height)
