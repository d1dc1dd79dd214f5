"""What a model for tables answers: one of several labels, or a number; and how far off it is."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.tasks import label_loss
from workbench.tasks.label_loss import LabelLoss
from workbench.tasks.protocol import LabelPredictions, NumberPredictions, Predictions, as_labels, as_numbers
from workbench.tasks.table_columns import amounts
from workbench.training.rules import Plan

if TYPE_CHECKING:
    import torch

    from workbench.networks.table_mlp import TableMLP

TARGET = "target"


class Labels:
    """One of ``labels``; the loss is cross-entropy.

    The best moment is that of the least log loss: shares of a few validation rows are equal by chance in many epochs,
    and the first of them are unsure (docs/training.md).
    """

    headline = ("log_loss", False)

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self.outputs = len(self.labels)
        self._loss = LabelLoss()

    def known(self, part: pd.DataFrame) -> pd.DataFrame:
        """The rows that can be learned from and judged by."""
        return part[part[TARGET].isin(self.labels)]

    def truth(self, part: pd.DataFrame) -> "torch.Tensor":
        import torch

        place = {label: number for number, label in enumerate(self.labels)}
        return torch.tensor([place[label] for label in part[TARGET]], dtype=torch.long)

    def learn_from(self, network: "TableMLP", truth: "torch.Tensor", plan: Plan) -> None:  # noqa: ARG002
        """What each label counts, by how often it occurs in the training rows."""
        self._loss = label_loss.build(plan, truth.numpy(), self.outputs)

    def losses(self, network: "TableMLP", answers: "torch.Tensor", truth: "torch.Tensor") -> "torch.Tensor":  # noqa: ARG002
        """Each row's loss, the mean of the members', from answers (members, rows, labels)."""
        members = answers.shape[0]
        found = self._loss(answers.flatten(0, 1).float(), truth.repeat(members))
        return found.view(members, -1).mean(dim=0)

    def scores(self, network: "TableMLP", answers: "torch.Tensor", truth: "torch.Tensor") -> Mapping[str, float]:
        return self.measured(self.predictions(network, answers), truth.cpu().numpy())

    def measured(self, predicted: Predictions, truth: NDArray[np.int64], spread: float = 1.0) -> Mapping[str, float]:  # noqa: ARG002
        """Scores of predictions for rows whose labels have the numbers ``truth``."""
        from workbench.evaluate.classification import quick

        chances = as_labels(predicted).probabilities
        picked = np.maximum(chances[np.arange(len(truth)), truth], np.finfo(float).tiny)
        loss = float(-np.log(picked).mean())
        return {"loss": loss, "log_loss": loss, **quick(truth, chances.argmax(axis=1), self.outputs)}

    def predictions(self, network: "TableMLP", answers: "torch.Tensor") -> LabelPredictions:
        return LabelPredictions(self.labels, network.probabilities(answers).cpu().numpy())


class Amounts:
    """A number; the loss is the squared difference, in standard deviations of the training rows."""

    headline = ("rmse", False)
    labels: tuple[str, ...] = ()
    outputs = 1

    def known(self, part: pd.DataFrame) -> pd.DataFrame:
        """The rows that can be learned from and judged by."""
        return part[~np.isnan(amounts(part[TARGET]))]

    def truth(self, part: pd.DataFrame) -> "torch.Tensor":
        import torch

        return torch.from_numpy(amounts(part[TARGET]))

    def learn_from(self, network: "TableMLP", truth: "torch.Tensor", plan: Plan) -> None:  # noqa: ARG002
        """Centre and spread of the training rows' numbers become part of the network."""
        network.answer_centre.fill_(truth.mean().item())
        network.answer_spread.fill_(truth.std(correction=0).item() or 1.0)

    def losses(self, network: "TableMLP", answers: "torch.Tensor", truth: "torch.Tensor") -> "torch.Tensor":
        """Each row's loss, the mean of the members', from answers (members, rows, 1)."""
        wanted = (truth.double() - network.answer_centre.double()) / network.answer_spread.double()
        return (answers[..., 0].float() - wanted.float()).square().mean(dim=0)

    def scores(self, network: "TableMLP", answers: "torch.Tensor", truth: "torch.Tensor") -> Mapping[str, float]:
        return self.measured(self.predictions(network, answers), truth.cpu().numpy(), network.answer_spread.item())

    def measured(self, predicted: Predictions, truth: NDArray[np.float64], spread: float = 1.0) -> Mapping[str, float]:
        """Scores of predictions for rows whose numbers are ``truth``; the loss is in units of ``spread``."""
        from workbench.evaluate.regression import quick

        found = quick(truth, as_numbers(predicted).values)
        return {"loss": (found["rmse"] / spread) ** 2, **found}

    def predictions(self, network: "TableMLP", answers: "torch.Tensor") -> NumberPredictions:
        return NumberPredictions(network.numbers(answers)[:, 0].cpu().numpy())
