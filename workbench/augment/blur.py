"""Augmentation: images out of focus."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment.draws import Floats
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch


class Blur(ImageStep):
    """A Gaussian blur; its width is drawn evenly up to the limit, which counts in hundredths of the shorter side."""

    title: ClassVar[str] = "Blur"
    summary: ClassVar[str] = "Takes some images out of focus, so that pictures of poor cameras are understood too."
    icon: ClassVar[str] = "blur_circular"
    group: ClassVar[str] = "Sharpness"
    hurts: ClassVar[str] = "Not when fine structure is the answer, as in cloth, skin or print."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {
        "gentle": {"chance": 0.1, "width": 0.3},
        "strong": {"chance": 0.4, "width": 1.0},
    }
    draws: ClassVar[int] = 2

    step: Literal["blur"] = "blur"
    chance: float = Field(
        default=0.2, ge=0, le=1, title="Share of images", description="The share of images that are blurred."
    )
    width: float = Field(
        default=0.5,
        ge=0,
        le=3,
        title="Width up to",
        description="How far a point spreads at most (standard deviation). 0.5 is about one pixel of 224.",
        json_schema_extra={"unit": "% of the shorter side"},
    )

    def pixels(self, images: "torch.Tensor", drawn: Floats) -> "torch.Tensor":
        import torch
        from kornia.filters import gaussian_blur2d

        side = min(images.shape[-2:])
        widest = self.width / 100 * side
        which = np.flatnonzero(drawn[:, 0] < self.chance)
        reach = min(math.ceil(2.5 * widest), side - 1)
        if not len(which) or not reach:
            return images
        chosen = torch.from_numpy(which).to(images.device)
        widths = torch.as_tensor(np.maximum(widest * drawn[which, 1], 0.01), dtype=images.dtype, device=images.device)
        kernel = (2 * reach + 1, 2 * reach + 1)
        images[chosen] = gaussian_blur2d(images[chosen], kernel, widths[:, None].expand(-1, 2)).clamp_(0, 1)
        return images
