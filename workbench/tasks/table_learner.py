"""What the loop trains for tables: a network, on rows that become tensors once so that batches cost nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from workbench.errors import ModelError, TrainingError
from workbench.tasks import quick_fitted, quick_members
from workbench.tasks.protocol import LearnerContext, Predictions, Split
from workbench.tasks.quick_fitted import QuickFitted
from workbench.tasks.quick_learner import QuickProblem
from workbench.tasks.table_answers import TARGET, Amounts, Labels
from workbench.tasks.table_columns import TableColumns, understand
from workbench.training.problem import Control, Group, Reporter

if TYPE_CHECKING:
    import torch

    from workbench.networks.table_mlp import TableMLP

KIND = "table-mlp"  # as config.json calls it
AT_ONCE = 4096  # rows in one forward pass without learning


class Rows(NamedTuple):
    """Rows as the network takes them: numbers, flags of missing ones, codes."""

    values: "torch.Tensor"
    flags: "torch.Tensor"
    codes: "torch.Tensor"


@dataclass(frozen=True, slots=True)
class Trained:
    """A network that reads tables; predicts in exact arithmetic, whatever it was trained with."""

    network: "TableMLP"
    columns: TableColumns
    answers: Labels | Amounts
    device: str

    def rows(self, part: pd.DataFrame) -> Rows:
        """The rows on the network's device."""
        import torch

        values, flags = self.network.encoded(torch.from_numpy(self.columns.values(part)))
        codes = torch.from_numpy(self.columns.codes(part))
        return Rows(values.to(self.device), flags.to(self.device), codes.to(self.device))

    def each(self, rows: Rows) -> "torch.Tensor":
        """Answers (members, rows, outputs), without learning."""
        import torch

        learning = self.network.training
        self.network.eval()
        with torch.no_grad():
            parts = [
                self.network(*(tensor[at : at + AT_ONCE] for tensor in rows))
                for at in range(0, max(len(rows.values), 1), AT_ONCE)
            ]
        self.network.train(learning)
        return torch.cat(parts, dim=1)

    def predict(self, rows: pd.DataFrame) -> Predictions:
        return self.answers.predictions(self.network, self.each(self.rows(rows)))

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        save_file(self.network.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
        about = {"network": KIND, "shape": asdict(self.network.shape), "table": self.columns.to_dict()}
        _write(folder / "workbench.json", about)
        if self.answers.labels:
            _write(folder / "labels.json", list(self.answers.labels))


class TableProblem:
    """Every weight learns. Augmentation draws numbers anew in every epoch; rows that are mixed have two answers."""

    def __init__(self, trained: Trained, split: Split, context: LearnerContext) -> None:
        self.trained = trained
        self.augment = context.augment.table if context.augment else None
        train, held_out = trained.answers.known(split.train), trained.answers.known(split.validation)
        self.train, self.truth = trained.rows(train), trained.answers.truth(train).to(trained.device)
        self.held_out = trained.rows(held_out)
        self.held_out_truth = trained.answers.truth(held_out).to(trained.device)
        self.source = train.index.to_numpy(np.int64)

    @property
    def headline(self) -> tuple[str, bool]:
        return self.trained.answers.headline

    @property
    def module(self) -> "TableMLP":
        return self.trained.network

    @cached_property
    def groups(self) -> list[Group]:
        named = list(self.module.named_parameters())
        return [
            Group([parameter for name, parameter in named if not name.endswith("bias")]),
            Group([parameter for name, parameter in named if name.endswith("bias")], decay=False),
        ]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:  # noqa: ARG002
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (rows have one size)
        return [1] * len(self.source)

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[Rows, torch.Tensor, torch.Tensor, torch.Tensor]":
        """Rows with their answers, their partners' answers, and how much of itself each row keeps."""
        import torch

        picked = torch.tensor(rows, device=self.truth.device)
        values, flags, codes = (tensor.index_select(0, picked) for tensor in self.train)
        truth = self.truth.index_select(0, picked)
        if self.augment is None:
            return Rows(values, flags, codes), truth, truth, torch.ones(len(rows), device=truth.device)
        source = self.source[list(rows)]
        others = self.augment.partners(source, epoch, self.source)
        mixed = picked if others is None else torch.tensor(self._places[others].to_numpy(), device=truth.device)
        theirs = None if others is None else self.train.values.index_select(0, mixed)
        values, kept = self.augment.apply(values, source, epoch, theirs)
        return Rows(values, flags, codes), truth, self.truth.index_select(0, mixed), kept

    def loss(self, batch: "tuple[Rows, torch.Tensor, torch.Tensor, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        rows, truth, others, kept = batch
        network, answers = self.module, self.module(*rows)
        losses = kept * self.trained.answers.losses(network, answers, truth)
        if others is not truth:
            losses = losses + (1 - kept) * self.trained.answers.losses(network, answers, others)
        return losses.sum(), len(truth)

    def validate(self) -> Mapping[str, float]:
        if not len(self.held_out_truth):
            return {}
        return self.trained.answers.scores(self.module, self.trained.each(self.held_out), self.held_out_truth)

    def fitted(self) -> Trained:
        return self.trained

    @cached_property
    def _places(self) -> pd.Series:
        """Where each source row lies among the training rows."""
        return pd.Series(np.arange(len(self.source)), index=self.source)


def learner(split: Split, answers: Labels | Amounts, context: LearnerContext) -> TableProblem | QuickProblem:
    """The chosen model for these rows, with the statistics of the training part.

    Raises TrainingError when there is nothing to learn from, or the model is none for tables.
    """
    settings = _settings(context.model)
    train = answers.known(split.train)
    columns = understand(train, [str(name) for name in train.columns if name != TARGET]).columns
    if not columns.names or train.empty:
        remedy = "Choose other features, or bring more rows."
        raise TrainingError("there is nothing to learn from in the training rows", code="TABLE-01", remedy=remedy)
    if settings.pop("model_type") == quick_fitted.KIND:
        members = quick_members.by_name(settings["members"])
        return QuickProblem(columns, answers, members, split, context)
    return _network(columns, settings, split, answers, context)


def load(folder: Path, device: str = "cpu") -> Trained | QuickFitted:
    """A saved model, of either kind. Raises ModelError when a part is missing or does not fit."""
    return quick_fitted.load(folder) if is_quick(folder) else _load(folder, device)


def is_quick(folder: Path) -> bool:
    """Whether quick models were saved there, rather than a network. Raises ModelError when nothing readable was."""
    try:
        return bool(json.loads((folder / "workbench.json").read_text(encoding="utf-8"))["network"] == quick_fitted.KIND)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error


def _network(
    columns: TableColumns, settings: dict[str, Any], split: Split, answers: Labels | Amounts, context: LearnerContext
) -> TableProblem:
    import torch

    from workbench.networks.table_mlp import Shape, TableMLP, centre_and_spread

    train = answers.known(split.train)
    shape = Shape(len(columns.numbers), columns.flags, columns.sizes, answers.outputs, **settings)
    network = TableMLP(shape, context.seed)
    centre, spread = centre_and_spread(torch.from_numpy(columns.values(train)))
    network.centre.copy_(centre)
    network.spread.copy_(spread)
    answers.learn_from(network, answers.truth(train), context.plan)
    device = context.plan.device
    return TableProblem(Trained(network.to(device), columns, answers, device), split, context)


def _load(folder: Path, device: str) -> Trained:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from workbench.networks.table_mlp import Shape, TableMLP

    try:
        about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        columns = TableColumns.from_dict(about["table"])
        network = TableMLP(Shape.from_dict(about["shape"]))
        network.load_state_dict(load_file(folder / "model.safetensors"))
        labels = folder / "labels.json"
        answers = Labels(json.loads(labels.read_text(encoding="utf-8"))) if labels.is_file() else Amounts()
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return Trained(network.to(device).eval(), columns, answers, device)


def _settings(model: Path | None) -> dict[str, Any]:
    """What the model's ``config.json`` says. Raises TrainingError when it is none for tables."""
    content: dict[str, Any] = {} if model is None else json.loads((model / "config.json").read_text(encoding="utf-8"))
    kind = content.get("model_type")
    if kind not in (KIND, quick_fitted.KIND):
        what = "no model was chosen" if kind is None else f"a model of the kind '{kind}' does not read tables"
        raise TrainingError(what, remedy="Choose a model for tables on the Model page.")
    return content


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
