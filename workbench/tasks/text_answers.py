"""What a model for texts answers: a label, or a number; where its new layer starts, and how far off it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.tasks import heads, label_loss
from workbench.tasks.protocol import Fitted
from workbench.tasks.table_answers import TARGET
from workbench.tasks.table_columns import amounts
from workbench.training.rules import Plan

if TYPE_CHECKING:
    import torch

    from workbench.tasks.text_learner import Encoded

FIRST_ROWS = 400  # whose numbers tell where the layer starts: a forward pass over these is enough
STRENGTHS = (0.0003, 0.001, 0.003, 0.01, 0.1, 1.0)  # numbers are noisier than labels, and need a stronger pull to zero
USUAL_STRENGTH = 0.003


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts and what is right for them in one part, with the source rows that augmentation draws by.

    ``truth`` holds label numbers (int64), or numbers in standard deviations from the mean (float32).
    """

    texts: list[str]
    truth: NDArray[Any]
    source: list[int]


def rows_of(part: pd.DataFrame, labels: Sequence[str]) -> Rows:
    """Rows whose label is known; validation may hold a label that training lacks, which no model can predict."""
    position = {label: number for number, label in enumerate(labels)}
    known = part[part["label"].isin(position)]
    return _rows(known, np.asarray([position[label] for label in known["label"]], dtype=np.int64))


class Labels:
    """One of ``labels``; the loss is cross-entropy. The layer starts from the labels' mean embeddings."""

    headline = ("macro_f1", True)
    strengths, usual_strength = heads.STRENGTHS, heads.USUAL_STRENGTH

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)

    def rows(self, part: pd.DataFrame) -> Rows:
        """The rows that can be learned from and judged by."""
        return rows_of(part, self.labels)

    def price(self, plan: Plan, truth: NDArray[Any]) -> heads.Price:
        """What wrong answers cost, for training rows with these label numbers."""
        return label_loss.build(plan, truth, len(self.labels))

    def first(self, truth: NDArray[Any], seed: int) -> list[int]:
        """The rows that tell where the layer starts."""
        return heads.first_of_each(truth, heads.PROTOTYPE_ROWS, seed)

    def start(self, head: "torch.nn.Linear", features: NDArray[np.float32], truth: NDArray[Any], scale: float) -> None:  # noqa: ARG002
        """Set the layer, which reads ``features`` times ``scale``, to where learning starts."""
        heads.start_from_means(head, features, truth)

    def validation(self, scores: NDArray[np.float32], truth: NDArray[Any]) -> Mapping[str, float]:
        """How good scores (rows, labels) are; nothing without rows."""
        return heads.validation(scores, truth)

    def fitted(self, encoded: "Encoded") -> Fitted:
        from workbench.tasks.text_classification import TextClassifierFitted

        return TextClassifierFitted(encoded)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number, which the network gives in units of ``spread`` from ``centre``; the loss is the squared difference.

    The layer starts from the ridge regression of some rows.
    """

    centre: float
    spread: float
    headline = ("rmse", False)
    strengths, usual_strength = STRENGTHS, USUAL_STRENGTH

    @classmethod
    def of(cls, train: pd.DataFrame) -> "Numbers":
        """Mean and standard deviation of the training rows' numbers."""
        known = amounts(train[TARGET])
        known = known[~np.isnan(known)]
        return cls(float(known.mean()), float(known.std()) or 1.0)

    def rows(self, part: pd.DataFrame) -> Rows:
        """The rows that can be learned from and judged by."""
        found = amounts(part[TARGET])
        known = ~np.isnan(found)
        return _rows(part[known], ((found[known] - self.centre) / self.spread).astype(np.float32))

    def amounts(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        """Scores (rows, 1), or what is right, as numbers in the unit of the target (rows,)."""
        return scores.reshape(-1).astype(np.float64) * self.spread + self.centre

    def price(self, plan: Plan, truth: NDArray[Any]) -> heads.Price:  # noqa: ARG002  (the same for all)
        """What wrong answers cost."""
        return squared

    def first(self, truth: NDArray[Any], seed: int) -> list[int]:
        """The rows that tell where the layer starts."""
        return sorted(np.random.default_rng(seed).permutation(len(truth))[:FIRST_ROWS].tolist())

    def start(self, head: "torch.nn.Linear", features: NDArray[np.float32], truth: NDArray[Any], scale: float) -> None:
        """Set the layer, which reads ``features`` times ``scale``, to where learning starts."""
        inputs = features * np.float32(scale)
        heads.start_from_solution(head, inputs, truth, (USUAL_STRENGTH,), lambda: 0.0, squared)

    def validation(self, scores: NDArray[np.float32], truth: NDArray[Any]) -> Mapping[str, float]:
        """How good scores (rows, 1) are; nothing without rows."""
        from workbench.evaluate.regression import quick

        if not len(truth):
            return {}
        found = quick(self.amounts(truth), self.amounts(scores))
        return {"loss": (found["rmse"] / self.spread) ** 2, **found}

    def fitted(self, encoded: "Encoded") -> Fitted:
        from workbench.tasks.text_regression import TextRegressorFitted

        return TextRegressorFitted(encoded, self)


def squared(scores: "torch.Tensor", truth: "torch.Tensor") -> "torch.Tensor":
    """Losses (rows,) of scores (rows, 1)."""
    return (scores[:, 0] - truth.to(scores)).square()


def _rows(known: pd.DataFrame, truth: NDArray[Any]) -> Rows:
    return Rows(known["text"].tolist(), truth, [int(row) for row in known.index])
