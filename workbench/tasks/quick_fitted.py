"""Quick models for tables that were fitted: they answer together, and are kept without pickle."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ModelError
from workbench.tasks import quick_members, table_blend, tree_checks
from workbench.tasks.protocol import LabelPredictions, NumberPredictions, Predictions
from workbench.tasks.table_answers import Amounts, Labels
from workbench.tasks.table_columns import TableColumns

KIND = "table-blend"  # as config.json calls it


@dataclass(frozen=True, slots=True)
class Weighed:
    """How the members' answers become one: what ``table_blend`` takes, in the members' order."""

    weights: tuple[float, ...]
    sharpness: tuple[float, ...]
    centre: float
    spread: float


@dataclass(frozen=True, slots=True)
class QuickFitted:
    """Fitted models by name, and how much each counts."""

    columns: TableColumns
    answers: Labels | Amounts
    models: Mapping[str, Any]
    weighed: Weighed

    def predict(self, rows: pd.DataFrame) -> Predictions:
        return self.answered(self.scores(rows))

    def scores(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """What each model says about the rows (models, rows, labels or 1)."""
        from threadpoolctl import threadpool_limits

        labels = len(self.answers.labels)
        found = np.empty((len(self.models), len(rows), labels or 1))
        if rows.empty:
            return found
        inputs = quick_members.inputs(self.columns, rows)
        with threadpool_limits(1):  # what several cores add up differs in the last digit from one time to the next
            for place, model in enumerate(self.models.values()):
                found[place] = table_blend.as_scores(model, inputs, labels)
        return found

    def answered(self, scores: NDArray[np.float64]) -> Predictions:
        """The answers that such scores become."""
        how = self.weighed
        if self.answers.labels:
            found = table_blend.probabilities(scores, how.weights, how.sharpness)
            return LabelPredictions(self.answers.labels, found)
        return NumberPredictions(table_blend.amounts(scores, how.weights, how.centre, how.spread))

    def save(self, folder: Path) -> None:
        from zipfile import ZIP_DEFLATED

        from skops import io

        for name, model in self.models.items():
            io.dump(model, folder / f"{name}.skops", compression=ZIP_DEFLATED, compresslevel=1)
        about = {"network": KIND, "table": self.columns.to_dict(), "members": list(self.models), **asdict(self.weighed)}
        _write(folder / "workbench.json", about)
        if self.answers.labels:
            _write(folder / "labels.json", list(self.answers.labels))


def load(folder: Path) -> QuickFitted:
    """Saved models. Raises ModelError when a part is missing, does not fit, or holds what no such model needs."""
    from zipfile import BadZipFile

    from skops import io
    from skops.io.exceptions import UnsupportedTypeException, UntrustedTypesFoundException

    try:
        about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        names = [member.name for member in quick_members.by_name(about["members"])]
        models = {name: io.load(folder / f"{name}.skops", trusted=list(table_blend.TRUSTED)) for name in names}
        labels = folder / "labels.json"
        answers = Labels(json.loads(labels.read_text(encoding="utf-8"))) if labels.is_file() else Amounts()
        how = Weighed(
            tuple(map(float, about["weights"])),
            tuple(map(float, about["sharpness"])),
            float(about["centre"]),
            float(about["spread"]),
        )
        columns = TableColumns.from_dict(about["table"])
        for model in models.values():
            tree_checks.check(model, len(columns.numbers) + len(columns.sizes))
    except (UntrustedTypesFoundException, UnsupportedTypeException) as error:
        raise ModelError(
            f"the saved model holds something that could run code ({error})",
            where=str(folder),
            remedy="It is not opened. Train the model again, or take it from where it was made.",
            code="MODEL-71",
        ) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, BadZipFile) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return QuickFitted(columns, answers, models, how)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
