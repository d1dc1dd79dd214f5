"""Augmentation: a part of one image within another."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import mixing
from workbench.augment.boxes import boxes
from workbench.augment.draws import Floats
from workbench.augment.image_step import MixingStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch


class CutMix(MixingStep):
    """CutMix (Yun and others, 2019, https://arxiv.org/abs/1905.04899); the weight is the exact share of the area."""

    title: ClassVar[str] = "Paste a part of another image (CutMix)"
    summary: ClassVar[str] = "Pastes a part of one image into another and asks for both labels, by their area."
    icon: ClassVar[str] = "picture_in_picture"
    hurts: ClassVar[str] = "Not with fewer than about ten epochs, nor when the answer hangs on a small detail."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"chance": 0.25}, "strong": {"chance": 1.0}}
    draws: ClassVar[int] = mixing.DRAWS + 3

    step: Literal["cutmix"] = "cutmix"
    chance: mixing.Share = Field(
        default=0.5, title="Share of images", description="The share of images that get a foreign part."
    )
    alpha: mixing.Share = Field(
        default=1.0,
        title="Evenness",
        description="How even the two areas are (alpha). 1: anything; below it, mostly one image.",
    )

    def shares(self, drawn: Floats) -> Floats:
        return mixing.shares(drawn[:, : mixing.DRAWS], self.chance, self.alpha)

    def mix(
        self, images: "torch.Tensor", partners: "torch.Tensor", drawn: Floats, shares: Floats
    ) -> "tuple[torch.Tensor, Floats]":
        height, width = images.shape[-2:]
        pasted = boxes(1 - shares, drawn[:, mixing.DRAWS :], height, width)
        for image, partner, (top, bottom, left, right) in zip(images, partners, pasted, strict=True):
            image[:, top:bottom, left:right] = partner[:, top:bottom, left:right]
        area: Floats = (pasted[:, 1] - pasted[:, 0]) * (pasted[:, 3] - pasted[:, 2]) / (height * width)
        return images, 1 - area
