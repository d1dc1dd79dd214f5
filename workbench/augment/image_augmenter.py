"""All image steps of a recipe on a whole batch: one sampling of points, one change of colours, then the rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.augment import colours, mixing
from workbench.augment.draws import Floats, Rows, uniforms
from workbench.augment.image_step import ImageStep, MixingStep

if TYPE_CHECKING:
    import torch

_OF_PARTNERS = 1000  # added to positions: a partner is changed by other draws than the image that it is mixed into


@dataclass(frozen=True, slots=True)
class ImageAugmenter:
    """Steps with their positions in the recipe. What becomes of a sample depends on (seed, epoch, row) alone: not on
    the batch it is in, nor on the samples that come before it."""

    seed: int
    steps: tuple[tuple[int, ImageStep], ...]
    mixing: tuple[tuple[int, MixingStep], ...] = ()

    def partners(self, rows: Rows, epoch: int, among: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64] | None:
        """With which row of the training part (``among``) each row is mixed in this epoch: with itself where it is
        not. None when no step mixes."""
        if not self.mixing:
            return None
        own = np.asarray(rows, dtype=np.int64)
        mixed = np.zeros(len(own), dtype=bool)
        for position, step in self.mixing:
            mixed |= step.shares(self._drawn(rows, epoch, position, step.draws)) < 1
        return np.where(mixed, mixing.partners(self.seed, epoch, rows, among), own)

    def apply(
        self, images: "torch.Tensor", rows: Rows, epoch: int, partner_images: "torch.Tensor | None" = None
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Changed images, and how much of itself each sample keeps (n): the loss is
        ``weight * loss(label) + (1 - weight) * loss(partner's label)``.

        ``images`` (n, 3, height, width) are floats in [0, 1] on any device, as the result is; they are left as they
        are. ``partner_images`` are those of ``partners``, not yet augmented. Raises ValueError when steps mix and
        there are none.
        """
        import torch

        with torch.no_grad():
            changed = self._changed(images, rows, epoch, 0)
            weights = np.ones(len(images))
            for position, step in self.mixing:
                if partner_images is None:
                    raise ValueError(f"the step '{step.name()}' mixes images; it needs those of their partners")
                drawn = self._drawn(rows, epoch, position, step.draws)
                shares = step.shares(drawn)
                which = np.flatnonzero((shares < 1) & (weights == 1))  # the first step that mixes a sample has it
                if not len(which):
                    continue
                own = np.asarray(rows, dtype=np.int64)[which]
                chosen = torch.from_numpy(which).to(images.device)
                others = self._changed(partner_images[chosen], own, epoch, _OF_PARTNERS)
                changed[chosen], weights[which] = step.mix(changed[chosen], others, drawn[which], shares[which])
        return changed, torch.as_tensor(weights, dtype=images.dtype, device=images.device)

    def _drawn(self, rows: Rows, epoch: int, position: int, count: int) -> Floats:
        return uniforms(self.seed, epoch, rows, position, count)

    def _changed(self, images: "torch.Tensor", rows: Rows, epoch: int, offset: int) -> "torch.Tensor":
        """A new tensor with every step but those that mix."""
        drawn = {position: self._drawn(rows, epoch, position + offset, step.draws) for position, step in self.steps}
        changed = _sampled(images, self._geometry(drawn, images.shape[-1] / images.shape[-2], len(images)))
        changed = self._coloured(changed, drawn)
        for position, step in self.steps:
            changed = step.pixels(changed, drawn[position])
        return changed

    def _geometry(self, drawn: dict[int, Floats], aspect: float, count: int) -> Floats:
        """From points of the finished image to points of the given one: the last step is undone first."""
        matrices = np.tile(np.eye(3), (count, 1, 1))
        for position, step in self.steps:
            own = step.geometry(drawn[position], aspect)
            matrices = matrices if own is None else matrices @ own
        return matrices

    def _coloured(self, images: "torch.Tensor", drawn: dict[int, Floats]) -> "torch.Tensor":
        """Every step's change of colours as one product; only the end is cut to [0, 1], so that a step may bring back
        what another one took too far."""
        change = None
        means = images.mean(dim=(2, 3))
        for position, step in self.steps:
            own = step.colour(drawn[position], means)
            if own is not None:
                change = own if change is None else colours.then(change, own)
                means = colours.applied(own, means)
        return images if change is None else colours.painted(change, images)


def _sampled(images: "torch.Tensor", matrices: Floats) -> "torch.Tensor":
    """Always a new tensor. Flips are exact; points outside are mirrored in, since black corners would be learned."""
    import torch
    from torch.nn.functional import affine_grid, grid_sample

    changed = images.clone()
    diagonal = np.array([matrices[:, 0, 0], matrices[:, 1, 1]]).T
    plain = (np.abs(diagonal) == 1).all(axis=1) & (matrices == matrices * np.eye(3)).all(axis=(1, 2))
    for across, down in ((-1, 1), (1, -1), (-1, -1)):
        which = np.flatnonzero(plain & (diagonal == (across, down)).all(axis=1))
        if len(which):
            axes = ([3] if across < 0 else []) + ([2] if down < 0 else [])
            chosen = torch.from_numpy(which).to(images.device)
            changed[chosen] = images[chosen].flip(axes)
    which = np.flatnonzero(~plain)
    if len(which):
        chosen = torch.from_numpy(which).to(images.device)
        theta = torch.as_tensor(matrices[which, :2], dtype=images.dtype, device=images.device)
        old = images if len(which) == len(images) else images[chosen]
        grid = affine_grid(theta, list(old.shape), align_corners=False)
        changed[chosen] = grid_sample(old, grid, padding_mode="reflection", align_corners=False)
    return changed
