"""Augmentation: hide a part of an image."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.boxes import boxes
from workbench.augment.draws import Floats
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch


class Erase(ImageStep):
    """Random erasing (Zhong and others, 2017, https://arxiv.org/abs/1708.04896) with the image's mean colour."""

    title: ClassVar[str] = "Hide a part"
    summary: ClassVar[str] = "Covers a part of some images, so that the model does not hang on a single detail."
    icon: ClassVar[str] = "ink_eraser"
    group: ClassVar[str] = "Sharpness"
    hurts: ClassVar[str] = "Not when the answer hangs on one small detail, which may be what is covered."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {
        "gentle": {"chance": 0.1, "largest": 0.1},
        "strong": {"chance": 0.5, "largest": 0.3},
    }
    draws: ClassVar[int] = 5

    step: Literal["erase"] = "erase"
    chance: float = Field(
        default=0.25, ge=0, le=1, title="Share of images", description="The share of images of which a part is hidden."
    )
    largest: float = Field(
        default=0.2, ge=0, le=0.8, title="Largest part", description="The largest share of the area that is hidden."
    )

    def pixels(self, images: "torch.Tensor", drawn: Floats) -> "torch.Tensor":
        hidden = boxes(drawn[:, 1] * self.largest, drawn[:, 2:], images.shape[-2], images.shape[-1])
        for image, fires, (top, bottom, left, right) in zip(images, drawn[:, 0], hidden, strict=True):
            if fires < self.chance:
                image[:, top:bottom, left:right] = image.mean(dim=(1, 2), keepdim=True)
        return images
