"""What a wrong label costs while a network learns: cross-entropy, smoothed and weighted as the plan says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.training.rules import Plan

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class LabelLoss:
    """Cross-entropy a row. ``weights`` has a factor a label, or is None when all count alike.

    With ``smoothing`` s the right label is asked for with 1 - s, and s is shared among all of them (Szegedy et al.,
    arXiv:1512.00567).
    """

    smoothing: float = 0.0
    weights: "torch.Tensor | None" = None

    def __call__(self, scores: "torch.Tensor", labels: "torch.Tensor") -> "torch.Tensor":
        """Losses (rows,) of scores (rows, labels)."""
        from torch.nn.functional import cross_entropy

        weights = None if self.weights is None else self.weights.to(scores)
        return cross_entropy(scores, labels, weight=weights, label_smoothing=self.smoothing, reduction="none")


def build(plan: Plan, labels: NDArray[np.int64], count: int) -> LabelLoss:
    """The plan's loss for training rows with these label numbers, of ``count`` labels.

    Balanced weights are rows / (labels · rows of the label), whose mean over the training rows is 1, so that the
    learning rate means what it did.
    """
    import torch

    if plan.class_weights == "none":
        return LabelLoss(plan.label_smoothing)
    rows = np.bincount(labels, minlength=count)
    present = int((rows > 0).sum())
    weights = np.where(rows > 0, len(labels) / (present * np.maximum(rows, 1)), 1.0)
    return LabelLoss(plan.label_smoothing, torch.from_numpy(weights.astype(np.float32)).to(plan.device))
