"""Augmentation: two images shown through each other."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import mixing
from workbench.augment.draws import Floats
from workbench.augment.image_step import MixingStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch


class Mixup(MixingStep):
    """mixup (Zhang and others, 2017, https://arxiv.org/abs/1710.09412)."""

    title: ClassVar[str] = "Mix two images (mixup)"
    summary: ClassVar[str] = (
        "Shows two images through each other and asks for both labels, which makes for humbler models."
    )
    icon: ClassVar[str] = "layers"
    hurts: ClassVar[str] = "Not with fewer than about ten epochs: it makes learning slower before it makes it better."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = mixing.MIXUP_PRESETS
    draws: ClassVar[int] = mixing.DRAWS

    step: Literal["mixup"] = "mixup"
    chance: mixing.Share = Field(
        default=0.5, title="Share of images", description="The share of images that are mixed."
    )
    alpha: mixing.Share = Field(
        default=0.2,
        title="Evenness",
        description="How even the mixtures are (alpha). 0.2: mostly one image with a trace of the other; 1: anything.",
    )

    def shares(self, drawn: Floats) -> Floats:
        return mixing.shares(drawn, self.chance, self.alpha)

    def mix(
        self,
        images: "torch.Tensor",
        partners: "torch.Tensor",
        drawn: Floats,  # noqa: ARG002
        shares: Floats,
    ) -> "tuple[torch.Tensor, Floats]":
        import torch

        weights = torch.as_tensor(shares, dtype=images.dtype, device=images.device)[:, None, None, None]
        return partners + weights * (images - partners), shares
