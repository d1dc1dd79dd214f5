"""Models that were exported as ONNX answer as their tasks do: raw role columns in, predictions out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ModelError
from workbench.serve import onnx_files, onnx_image, onnx_table, onnx_text, onnx_text_network, onnx_words
from workbench.serve.onnx_session import MODEL
from workbench.tasks import word_pieces
from workbench.tasks.protocol import LabelPredictions, NumberPredictions, Predictions, Predicts, SpanPredictions
from workbench.tasks.tagged_words import TOKENS, tags_of

Floats = NDArray[np.float64]
AT_ONCE = 32  # texts or images in one pass


def load(folder: Path, about: Mapping[str, Any], labels: Sequence[str]) -> Predicts:
    """The model of a folder with ``model.onnx``, ``about`` being its workbench.json.

    Raises ModelError when it cannot be read, asks for files of its own (case 74), or is for a task that has no ONNX.
    """
    task = str(about["task"])
    if task not in _READERS:
        remedy = "Update the workbench, or use the folder's own predict.py."
        raise ModelError(f"models for the task '{task}' are not read as ONNX", where=str(folder), remedy=remedy)
    onnx_files.refuse_outside_data(folder / MODEL)
    try:
        return _READERS[task](folder, about, tuple(labels))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"the exported model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error


@dataclass(frozen=True)
class _Texts:
    model: onnx_text.Model | onnx_text_network.Model
    labels: tuple[str, ...]

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        return LabelPredictions(
            self.labels, _by_length(rows["text"].tolist(), len(self.labels), self.model.probabilities)
        )


@dataclass(frozen=True)
class _TextNumbers:
    model: onnx_text.Model
    centre: float
    spread: float

    def predict(self, rows: pd.DataFrame) -> NumberPredictions:
        scores = _by_length(rows["text"].tolist(), 1, self.model.scores)
        return NumberPredictions(scores[:, 0] * self.spread + self.centre)


@dataclass(frozen=True)
class _Images:
    model: onnx_image.Model
    labels: tuple[str, ...]
    side: int

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        found = _in_portions(rows["image"].tolist(), len(self.labels), self._probabilities)
        return LabelPredictions(self.labels, found)

    def _probabilities(self, paths: list[str]) -> list[list[float]]:
        from workbench.tasks.image_pixels import square

        return self.model.probabilities([square(Path(path), self.side) for path in paths])


@dataclass(frozen=True)
class _Table:
    model: onnx_table.Model
    columns: Any
    labels: tuple[str, ...]

    def predict(self, rows: pd.DataFrame) -> Predictions:
        found = self.model.answers(self.columns.values(rows), self.columns.codes(rows))
        return LabelPredictions(self.labels, found) if self.labels else NumberPredictions(found[:, 0])


@dataclass(frozen=True)
class _Words:
    model: onnx_words.Model
    types: tuple[str, ...]
    way: str

    def predict(self, rows: pd.DataFrame) -> SpanPredictions:
        from workbench.tasks.token_fitted import located

        texts = [word_pieces.read(cell, self.way) for cell in rows[TOKENS]]
        spans = tuple(located(places, self._tags(text, places)) for text, places in texts)
        return SpanPredictions(tuple(text for text, _ in texts), spans)

    def _tags(self, text: str, places: Sequence[word_pieces.Place]) -> list[str]:
        names = tags_of(self.types)
        given, lie = word_pieces.spaced(text, places)
        pieces, offsets = self.model.pieces(given.encode("utf-8", "replace").decode("utf-8"))
        firsts = word_pieces.first_pieces(lie, offsets)
        tags = [names[0]] * len(places)
        for window in word_pieces.windows(len(pieces), self.model.room):
            best = self.model.best(pieces[window.begin : window.end])
            for word, piece in enumerate(firsts):
                if piece is not None and window.own_begin <= piece < window.own_end:
                    tags[word] = names[best[piece - window.begin]]
        return tags


def _in_portions(cells: list[str], width: int, answers: Callable[[list[str]], list[list[float]]]) -> Floats:
    """Answers (cells, width)."""
    found = [answers(cells[start : start + AT_ONCE]) for start in range(0, len(cells), AT_ONCE)]
    return np.concatenate(found) if found else np.empty((0, width))


def _by_length(texts: list[str], width: int, answers: Callable[[list[str]], list[list[float]]]) -> Floats:
    """Answers (texts, width), those of texts of one length together: little is padded then."""
    order = np.argsort([len(text) for text in texts], kind="stable")
    return _in_portions([texts[place] for place in order], width, answers)[np.argsort(order)]


def _texts(folder: Path, about: Mapping[str, Any], labels: tuple[str, ...]) -> Predicts:
    own = (folder / "vocabulary.json").is_file()
    return _Texts((onnx_text_network if own else onnx_text).Model(folder, about), labels)


def _text_numbers(folder: Path, about: Mapping[str, Any], labels: tuple[str, ...]) -> Predicts:  # noqa: ARG001
    return _TextNumbers(onnx_text.Model(folder, about), float(about["centre"]), float(about["spread"]))


def _images(folder: Path, about: Mapping[str, Any], labels: tuple[str, ...]) -> Predicts:
    return _Images(onnx_image.Model(folder, about), labels, int(about["image_size"]))


def _table(folder: Path, about: Mapping[str, Any], labels: tuple[str, ...]) -> Predicts:
    from workbench.tasks.table_columns import TableColumns

    return _Table(onnx_table.Model(folder, about, len(labels)), TableColumns.from_dict(about["table"]), labels)


def _words(folder: Path, about: Mapping[str, Any], labels: tuple[str, ...]) -> Predicts:
    return _Words(onnx_words.Model(folder, about), labels, str(about["words"]))


_READERS: dict[str, Callable[[Path, Mapping[str, Any], tuple[str, ...]], Predicts]] = {
    "text-classification": _texts,
    "text-regression": _text_numbers,
    "image-classification": _images,
    "tabular-classification": _table,
    "tabular-regression": _table,
    "token-classification": _words,
}
