"""Augmentation: noise as of a camera in poor light."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.draws import Floats
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch


class PixelNoise(ImageStep):
    """Gaussian noise from a generator of the sample's own; another kind of device draws other numbers."""

    title: ClassVar[str] = "Noise"
    summary: ClassVar[str] = "Adds noise to some images, as poor light does."
    icon: ClassVar[str] = "grain"
    group: ClassVar[str] = "Sharpness"
    hurts: ClassVar[str] = "Not when fine structure is the answer. Much of it hides what is faint."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {
        "gentle": {"chance": 0.1, "strength": 0.03},
        "strong": {"chance": 0.4, "strength": 0.12},
    }
    draws: ClassVar[int] = 3

    step: Literal["pixel-noise"] = "pixel-noise"
    chance: float = Field(
        default=0.2, ge=0, le=1, title="Share of images", description="The share of images that get noise."
    )
    strength: float = Field(
        default=0.06,
        ge=0,
        le=0.5,
        title="Strength up to",
        description="Its standard deviation at most, where 1 is the way from black to white. 0.06 is clearly seen.",
    )

    def pixels(self, images: "torch.Tensor", drawn: Floats) -> "torch.Tensor":
        import torch

        generator = torch.Generator(device=images.device)
        for image, (fires, amount, seed) in zip(images, drawn, strict=True):
            if fires < self.chance and self.strength:
                generator.manual_seed(int(seed * 2**53))
                noise = torch.empty_like(image).normal_(generator=generator)
                image.add_(noise, alpha=float(amount) * self.strength).clamp_(0, 1)
        return images
