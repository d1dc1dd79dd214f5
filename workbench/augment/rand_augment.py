"""Augmentation: a few changes out of many, with one strength for all of them."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment import colours, geometry
from workbench.augment.draws import Floats
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch

    from workbench.augment.colours import Change

_MOST = 4
_FULL = 10.0
CHANGES = (
    *("nothing", "rotate", "shear across", "shear down", "shift across", "shift down"),
    *("brightness", "contrast", "saturation"),
    *("autocontrast", "equalise", "posterise", "solarise", "sharpness"),
)


class RandAugment(ImageStep):
    """RandAugment (Cubuk and others, 2019, https://arxiv.org/abs/1909.13719) with its fourteen changes.

    Positions and colours are changed before the rest, whatever the order in which they were drawn, so that they cost
    one sampling and one product. Autocontrast and equalise have no strength in the paper; here they are blended in by
    it, so that a magnitude of 0 changes nothing.
    """

    title: ClassVar[str] = "A bit of everything (RandAugment)"
    summary: ClassVar[str] = "Draws a few changes out of fourteen for every image: much variety with two settings."
    icon: ClassVar[str] = "shuffle"
    group: ClassVar[str] = "Everything"
    hurts: ClassVar[str] = "Not together with all the others, nor when colour or exact shape is the answer."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {
        "gentle": {"changes": 1, "magnitude": 3},
        "strong": {"changes": 2, "magnitude": 9},
    }
    draws: ClassVar[int] = 2 * _MOST

    step: Literal["rand-augment"] = "rand-augment"
    changes: int = Field(
        default=2, ge=1, le=_MOST, title="Changes an image", description="How many changes are drawn for every image."
    )
    magnitude: float = Field(
        default=6.0,
        ge=0,
        le=_FULL,
        title="Magnitude",
        description="How strong each change is. 3 is hardly noticed, 6 usual, 10 hard to recognise at times.",
    )

    def geometry(self, drawn: Floats, aspect: float) -> Floats:
        matrices = np.tile(np.eye(3), (len(drawn), 1, 1))
        for turn in range(self.changes):
            amount = partial(self._amount, drawn, turn)
            matrices = matrices @ geometry.rotated(30 * amount("rotate"), aspect)
            matrices = matrices @ geometry.sheared(0.3 * amount("shear across"), 0.3 * amount("shear down"), aspect)
            matrices = matrices @ geometry.shifted(0.6 * amount("shift across"), 0.6 * amount("shift down"))
        return matrices

    def colour(self, drawn: Floats, means: "torch.Tensor") -> "Change":
        change = colours.brightness(np.ones(len(drawn)), means)
        for turn in range(self.changes):
            for name, make in (
                ("brightness", colours.brightness),
                ("contrast", colours.contrast),
                ("saturation", colours.saturation),
            ):
                factors = 1 + 0.9 * self._amount(drawn, turn, name)
                change = colours.then(change, make(factors, colours.applied(change, means)))
        return change

    def pixels(self, images: "torch.Tensor", drawn: Floats) -> "torch.Tensor":
        import torch
        from kornia import enhance

        def equalised(some: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
            return torch.lerp(some, enhance.equalize(some), amount.abs()[:, None, None, None])

        def stretched(some: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
            low, high = some.amin(dim=(2, 3), keepdim=True), some.amax(dim=(2, 3), keepdim=True)
            return torch.lerp(some, (some - low) / (high - low).clamp_min(1 / 255), amount.abs()[:, None, None, None])

        def posterised(some: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
            return enhance.posterize(some, (8 - 4 * amount.abs()).round().int())

        def solarised(some: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
            return enhance.solarize(some, 1 - amount.abs())

        def sharpened(some: torch.Tensor, amount: torch.Tensor) -> torch.Tensor:
            return enhance.sharpness(some, 1 + 0.9 * amount)

        for turn in range(self.changes):
            for name, change in zip(CHANGES[9:], (stretched, equalised, posterised, solarised, sharpened), strict=True):
                amounts = self._amount(drawn, turn, name)
                which = np.flatnonzero(amounts)
                if len(which):
                    chosen = torch.from_numpy(which).to(images.device)
                    amount = torch.as_tensor(amounts[which], dtype=images.dtype, device=images.device)
                    images[chosen] = change(images[chosen], amount).clamp_(0, 1)
        return images

    def _amount(self, drawn: Floats, turn: int, name: str) -> Floats:
        """From -1 to 1: how much of the change each sample gets in this turn; 0 where another was drawn."""
        chosen = (drawn[:, 2 * turn] * len(CHANGES)).astype(np.int64) == CHANGES.index(name)
        sign = np.where(drawn[:, 2 * turn + 1] < 0.5, -1.0, 1.0)
        amount: Floats = np.where(chosen, sign * self.magnitude / _FULL, 0.0)
        return amount
