"""Prediction from a model folder: raw rows with their original column names in, labels or numbers out."""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import tasks
from workbench.artefacts import folders
from workbench.errors import ArtefactError, ModelError
from workbench.prepare import transforms
from workbench.serve import image_cells, rows
from workbench.settings import Limits
from workbench.tasks.protocol import ImagePredictions, Predictions, Predicts

ONNX = "model.onnx"


class Predictor:
    """A loaded model folder. Raises ModelError when the folder is not one, or is not as it was written."""

    def __init__(self, folder: Path, device: str = "cpu", limits: Limits | None = None) -> None:
        self.folder = folder
        self.limits = limits or Limits()
        self.about = describe(folder)
        self.schema = _schema(folder, self.about)
        self.labels: tuple[str, ...] = tuple(_read(folder / "labels.json")) if (folder / "labels.json").exists() else ()
        self._fitted = self._load(device)

    def predict(
        self, given: Sequence[Mapping[str, Any]] | pd.DataFrame, where: str = "", *, pictures: bool = False
    ) -> pd.DataFrame:
        """A column ``prediction`` and, with labels, ``confidence`` and ``probability_<label>``: one row a given row,
        same index. With ``pictures``, the columns ``seen`` and ``copy`` have what a model that draws images anew has
        read and drawn.

        Images are paths of files in a table, and their contents as base64 in rows. Raises DataError naming the row and
        the field that cannot be used (and ``where``, the table's name).
        """
        if isinstance(given, pd.DataFrame):
            table, sent = given, False
        else:
            table, sent = rows.from_records(given, self.schema, self.limits.cell_bytes), True
        with self._readable(table, sent=sent, where=where) as readable:
            predicted = self._fitted.predict(rows.prepare(readable, self.schema, where))
            answers = predicted.table(table.index)
            if pictures and isinstance(predicted, ImagePredictions):
                return pd.concat([answers, predicted.pictures(table.index)], axis=1)
            return answers

    def answers(self, table: pd.DataFrame, where: str = "") -> Predictions:
        """The same, as the task's own predictions, which can be scored; images are paths of files."""
        with self._readable(table, sent=False, where=where) as readable:
            return self._fitted.predict(rows.prepare(readable, self.schema, where))

    def _load(self, device: str) -> Predicts:
        if (self.folder / ONNX).is_file():
            from workbench.serve import onnx_answers

            return onnx_answers.load(self.folder, self.about, self.labels)
        return tasks.by_name(self.about["task"]).load(self.folder, device)

    @contextmanager
    def _readable(self, table: pd.DataFrame, *, sent: bool, where: str) -> Iterator[pd.DataFrame]:
        """The table with images in files, until the block ends."""
        images = [column for column in self.schema.images if column in table.columns]
        if not images:
            yield table
            return
        with tempfile.TemporaryDirectory(prefix="images-") as folder:
            steps, pixels = self.schema.preparation, self.limits.pixels
            yield image_cells.in_files(table, images, steps, Path(folder), pixels, sent=sent, where=where)


def describe(folder: Path) -> dict[str, Any]:
    """What ``workbench.json`` says, after every file was checked against the manifest; loads no weights.

    Raises ModelError naming the file with expected and actual bytes or SHA-256 (case 61).
    """
    if not (folder / "workbench.json").is_file() or not (folder / folders.MANIFEST).is_file():
        raise ModelError(
            "this is not an exported model",
            where=str(folder),
            remedy="Give the folder that 'python -m workbench export RUN --format folder --out DIR' wrote.",
            code="MODEL-61",
        )
    try:
        folders.verify(folder)
    except ArtefactError as error:
        raise ModelError(
            error.what,
            where=error.where,
            remedy="The folder was changed or cut short: export it again.",
            code="MODEL-61",
        ) from None
    about = _read(folder / "workbench.json")
    if not isinstance(about, dict) or not isinstance(about.get("task"), str):
        raise _damaged(folder / "workbench.json")
    return about


def _schema(folder: Path, about: Mapping[str, Any]) -> rows.Schema:
    try:
        columns = {role: str(about["columns"][role]) for role in about["inputs"]}
        steps = _read(folder / "preparation.json")
        # Models of the first version named no columns: a step was for every text.
        every = [step | {"column": name} for step in steps for name in _columns_of(step, columns)]
        preparation = tuple(map(transforms.from_dict, every))
        features = tuple(map(str, about.get("features", ())))
    except (KeyError, TypeError, ValueError):
        raise _damaged(folder / "preparation.json") from None
    for function in (step.function for step in preparation):
        # The folder's own preparation.py is for people without the workbench: here no code of a folder is run.
        if function not in transforms.FUNCTIONS and function not in transforms.IMAGE_FUNCTIONS:
            raise ModelError(
                f"this workbench does not know the preparation '{function}'",
                where=str(folder),
                remedy="Use the workbench with which it was made, or newer; or the folder's own predict.py.",
            )
    kinds = {role.name: role.kind for role in tasks.by_name(about["task"]).roles}
    images = tuple(column for role, column in columns.items() if kinds.get(role) == "image")
    return rows.Schema(columns, preparation, features, images)


def _columns_of(step: Mapping[str, Any], columns: Mapping[str, str]) -> list[str]:
    return [str(step["column"])] if "column" in step else list(columns.values())


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise _damaged(path) from None


def _damaged(path: Path) -> ModelError:
    return ModelError(
        "the file is missing or damaged", where=str(path), remedy="Export the model again.", code="MODEL-61"
    )
