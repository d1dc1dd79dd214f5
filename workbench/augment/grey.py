"""Augmentation: images without their colours."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment import colours
from workbench.augment.draws import Floats
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch

    from workbench.augment.colours import Change


class Grey(ImageStep):
    """Some images in shades of grey; they keep three channels."""

    title: ClassVar[str] = "Take colours out"
    summary: ClassVar[str] = "Shows some images in grey, so that the model looks at shapes too."
    icon: ClassVar[str] = "filter_b_and_w"
    group: ClassVar[str] = "Colour"
    hurts: ClassVar[str] = "Not when colour is the answer."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"chance": 0.05}, "strong": {"chance": 0.25}}

    step: Literal["grey"] = "grey"
    chance: float = Field(
        default=0.1, ge=0, le=1, title="Share of images", description="The share of images that lose their colours."
    )

    def colour(self, drawn: Floats, means: "torch.Tensor") -> "Change":
        return colours.saturation(np.where(drawn[:, 0] < self.chance, 0.0, 1.0), means)
