"""The steps that change the numbers of tables, on whole batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.augment import mixing
from workbench.augment.draws import Floats, Rows, normals, uniforms
from workbench.augment.number_noise import NumberNoise
from workbench.augment.row_mixup import RowMixup

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class TableAugmenter:
    """Steps with their positions in the recipe. What becomes of a row depends on (seed, epoch, row) alone.

    ``noise`` and ``weights`` are numpy, so that a page can show them; ``apply`` does the same to tensors.
    """

    seed: int
    steps: tuple[tuple[int, NumberNoise | RowMixup], ...]

    def partners(self, rows: Rows, epoch: int, among: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64] | None:
        """With which row of the training part (``among``) each row is mixed in this epoch: with itself where it is
        not. None when no step mixes."""
        if not any(isinstance(step, RowMixup) for _, step in self.steps):
            return None
        mixed = self.weights(rows, epoch) < 1
        return np.where(mixed, mixing.partners(self.seed, epoch, rows, among), np.asarray(rows, dtype=np.int64))

    def noise(self, rows: Rows, epoch: int, columns: int) -> Floats:
        """What is added (rows, columns), in standard deviations of each column."""
        added = np.zeros((len(rows), columns))
        for position, step in self.steps:
            if isinstance(step, NumberNoise):
                added += step.share * normals(self.seed, epoch, rows, position, columns)
        return added

    def weights(self, rows: Rows, epoch: int) -> Floats:
        """How much of itself each row keeps."""
        kept = np.ones(len(rows))
        for position, step in self.steps:
            if isinstance(step, RowMixup):
                kept *= step.shares(uniforms(self.seed, epoch, rows, position, step.draws))
        return kept

    def apply(
        self,
        values: "torch.Tensor",
        rows: Rows,
        epoch: int,
        partner_values: "torch.Tensor | None" = None,
        deviations: "torch.Tensor | None" = None,
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        """Changed numbers, and how much of itself each row keeps (n): the loss is
        ``weight * loss(answer) + (1 - weight) * loss(partner's answer)``.

        ``values`` (n, f) are floats; ``partner_values`` those of ``partners``. ``deviations`` (f) are the standard
        deviations over the training rows, 1 where the numbers were standardised. Raises ValueError when rows are mixed
        and there are no partners' numbers.
        """
        import torch

        weights = torch.as_tensor(self.weights(rows, epoch), dtype=values.dtype, device=values.device)
        if partner_values is not None:
            values = partner_values + weights[:, None] * (values - partner_values)
        elif any(isinstance(step, RowMixup) for _, step in self.steps):
            raise ValueError("the step 'row-mixup' mixes rows; it needs the numbers of their partners")
        noise = torch.as_tensor(self.noise(rows, epoch, values.shape[1]), dtype=values.dtype, device=values.device)
        return values + (noise if deviations is None else noise * deviations), weights
