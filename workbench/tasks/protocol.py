"""What a task is: the words that pages, worker and command line use for any kind of problem."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.augment.catalogue import Augmentation
from workbench.data.profiles.profile import TableProfile
from workbench.evaluate.panels import Scores
from workbench.prepare.splits import Split as Split  # part of this vocabulary: tasks and training import it from here
from workbench.recipe import Training
from workbench.training.machine import Machine
from workbench.training.problem import Problem
from workbench.training.rules import Fact as Fact  # part of this vocabulary too
from workbench.training.rules import Plan


@dataclass(frozen=True, slots=True)
class Role:
    """A column that a task needs; names are stored, titles shown.

    ``kind`` is "text", "image", "category" or "number", "tokens" or "tags" for the words of a text and their tags (JSON
    lists), "passage" for a text about which something is asked, "answer" for what is found in it, "place" for where it
    begins, "answers" for all that is right (JSON), or "features" for any number of columns under their own names.
    ``model`` is what a model reads that can play it, where that is not its kind: "pixels" for images that are drawn
    anew. ``blank`` says that an empty cell of the target is an answer too: there is none. ``truth`` marks what is known
    only where the answer is, so that nobody is asked for it later.
    """

    name: str
    title: str
    help: str
    kind: str
    target: bool = False
    optional: bool = False
    model: str = ""
    blank: bool = False
    truth: bool = False

    @property
    def read(self) -> bool:
        """Does a model read it, also in rows whose answer nobody knows?"""
        return not self.target and not self.truth

    @property
    def read_by(self) -> str:
        """The kind of model that reads it: words in a list are text to a model."""
        return self.model or ("text" if self.kind == "tokens" else self.kind)


@dataclass(frozen=True, slots=True)
class Metric:
    """A number by which models are compared: its stored name, what to call it, and what it means.

    ``fraction`` says that it lies between 0 and 1 and is shown as a percentage.
    """

    name: str
    title: str
    definition: str
    higher_is_better: bool = True
    fraction: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """How well a table fits a task (0 to 1), why, and which column would play which role; rows with equal cells in the
    column ``together`` belong in one part of the split."""

    fit: float
    reason: str
    columns: Mapping[str, str]
    together: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that would spoil or limit a result. ``level`` is "error" (blocks the start), "confirm" (somebody has to
    say that it is meant) or "warning"."""

    level: str
    code: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class LabelPredictions:
    """One probability a row and label: ``probabilities`` has shape (rows, labels) and rows that add up to 1."""

    labels: tuple[str, ...]
    probabilities: NDArray[np.float64]

    @property
    def predicted(self) -> list[str]:
        """The most probable label of each row."""
        return [self.labels[i] for i in self.probabilities.argmax(axis=1)]

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of the predicted label, a row."""
        top: NDArray[np.float64] = self.probabilities.max(axis=1)
        return top

    def table(self, index: pd.Index) -> pd.DataFrame:
        """Columns ``prediction``, ``confidence`` and ``probability_<label>``, as files and /predict carry them."""
        columns: dict[str, Any] = {"prediction": self.predicted, "confidence": self.confidence}
        for position, label in enumerate(self.labels):
            columns[f"probability_{label}"] = self.probabilities[:, position]
        return pd.DataFrame(columns, index=index)


@dataclass(frozen=True, slots=True)
class NumberPredictions:
    """One number a row, in the unit of the target."""

    values: NDArray[np.float64]

    def table(self, index: pd.Index) -> pd.DataFrame:
        """One column ``prediction``, as files and /predict carry it."""
        return pd.DataFrame({"prediction": self.values}, index=index)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, from the character ``start`` to before ``end``, and what it was called."""

    start: int
    end: int
    label: str


@dataclass(frozen=True, slots=True)
class SpanPredictions:
    """Pieces of texts, in the order in which they stand; ``texts`` are those in which their characters are counted."""

    texts: tuple[str, ...]
    spans: tuple[tuple[Span, ...], ...]

    def table(self, index: pd.Index) -> pd.DataFrame:
        """One column ``prediction``: a list of {start, end, label, text} a row."""
        lists = [
            [
                {"start": span.start, "end": span.end, "label": span.label, "text": text[span.start : span.end]}
                for span in spans
            ]
            for text, spans in zip(self.texts, self.spans, strict=True)
        ]
        return pd.DataFrame({"prediction": pd.Series(lists, index=index, dtype=object)})


class Drawn(Protocol):
    """Images as a model has drawn them; pixels are (side, side, channels) of 8 bits."""

    def pairs(self, places: Sequence[int]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        """The images at these places among the rows as they were read, each beside what the model drew."""
        ...

    def invented(self, count: int) -> list[NDArray[np.uint8]]:
        """Images of nothing that there was; none from a model that cannot invent."""
        ...


@dataclass(frozen=True, slots=True)
class ImagePredictions:
    """Every row's image drawn anew: how far it is from the original (``errors``), and how many of the images that the
    model was judged by in training were closer (``percentiles``, 0 to 100).

    ``codes`` (rows, numbers) are what the model made of each image before it drew it. Rows with one of the labels
    ``normal`` are what it should draw well; ``only_normal`` says that it has learned from these alone.
    """

    errors: NDArray[np.float64]
    percentiles: NDArray[np.float64]
    codes: NDArray[np.float32]
    drawn: Drawn
    normal: tuple[str, ...] = ()
    only_normal: bool = False

    def table(self, index: pd.Index) -> pd.DataFrame:
        """Columns ``prediction`` (the error) and ``percentile``, as files and /predict carry them."""
        return pd.DataFrame({"prediction": self.errors, "percentile": self.percentiles}, index=index)

    def pictures(self, index: pd.Index) -> pd.DataFrame:
        """Columns ``seen`` and ``copy``: each image as the model read it and as it drew it, as data addresses."""
        from workbench.evaluate.pixels import address

        pairs = [(address(seen), address(copy)) for seen, copy in self.drawn.pairs(range(len(self.errors)))]
        return pd.DataFrame(pairs, columns=["seen", "copy"], index=index)


@dataclass(frozen=True, slots=True)
class AnswerPredictions:
    """One piece of a text a row, "" for no answer; ``places`` are its characters (first, after the last), and
    ``confidence`` is its share of all that could have been answered."""

    texts: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    confidence: NDArray[np.float64]

    def table(self, index: pd.Index) -> pd.DataFrame:
        """Columns ``prediction``, ``confidence``, ``prediction_start`` and ``prediction_end``."""
        places = np.asarray(self.places, dtype=np.int64).reshape(-1, 2)
        columns = {
            "prediction": pd.Series(self.texts, index=index, dtype=object),
            "confidence": self.confidence,
            "prediction_start": places[:, 0],
            "prediction_end": places[:, 1],
        }
        return pd.DataFrame(columns, index=index)


Predictions = LabelPredictions | NumberPredictions | SpanPredictions | ImagePredictions | AnswerPredictions


def as_labels(predictions: Predictions) -> LabelPredictions:
    """The same, known to be labels. Raises TypeError when they are not: a task answers in one way."""
    if not isinstance(predictions, LabelPredictions):
        raise TypeError(f"{type(predictions).__name__} where labels are judged")
    return predictions


def as_numbers(predictions: Predictions) -> NumberPredictions:
    """The same, known to be numbers. Raises TypeError when they are not: a task answers in one way."""
    if not isinstance(predictions, NumberPredictions):
        raise TypeError(f"{type(predictions).__name__} where numbers are judged")
    return predictions


def as_spans(predictions: Predictions) -> SpanPredictions:
    """The same, known to be pieces of texts. Raises TypeError when they are not: a task answers in one way."""
    if not isinstance(predictions, SpanPredictions):
        raise TypeError(f"{type(predictions).__name__} where pieces of texts are judged")
    return predictions


def as_images(predictions: Predictions) -> ImagePredictions:
    """The same, known to be images. Raises TypeError when they are not: a task answers in one way."""
    if not isinstance(predictions, ImagePredictions):
        raise TypeError(f"{type(predictions).__name__} where images drawn anew are judged")
    return predictions


def as_answers(predictions: Predictions) -> AnswerPredictions:
    """The same, known to be answers from texts. Raises TypeError when they are not: a task answers in one way."""
    if not isinstance(predictions, AnswerPredictions):
        raise TypeError(f"{type(predictions).__name__} where answers are judged")
    return predictions


class Predicts(Protocol):
    """Anything that answers: raw role columns in, predictions out."""

    def predict(self, rows: pd.DataFrame) -> Predictions: ...


class Fitted(Predicts, Protocol):
    """A trained model, which can also be kept."""

    def save(self, folder: Path) -> None:
        """Write everything that ``Task.load`` and the exported ``predict.py`` need; no pickle."""
        ...


@dataclass(frozen=True, slots=True)
class LearnerContext:
    """What a learner is given besides rows: where things are, the plan that ``Task.plan``'s facts make
    (``rules.plan_from``), what augmentation does to training rows, and what the recipe sets of the model."""

    model: Path | None
    plan: Plan
    seed: int
    cache: Path
    augment: Augmentation | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


class Task(Protocol):
    """One kind of problem. Stateless: all that a run needs is passed in. Importing it imports no torch."""

    @property
    def name(self) -> str: ...  # the Hugging Face Hub's name for it; stored, never renamed

    @property
    def title(self) -> str: ...

    @property
    def summary(self) -> str: ...  # one sentence for somebody who chooses a task

    @property
    def icon(self) -> str: ...

    @property
    def roles(self) -> Sequence[Role]: ...

    @property
    def headline(self) -> Metric: ...

    @property
    def metrics(self) -> Sequence[Metric]: ...  # the headline first

    @property
    def default_model(self) -> str | None: ...

    def suits(self, profile: TableProfile) -> Suggestion: ...

    def check(self, split: Split) -> list[Finding]: ...

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,
    ) -> Mapping[str, Fact]:
        """What every "auto" becomes for these rows and the model with this id on this machine, and why;
        ``rules.plan_from`` makes it a Plan. A key that is missing means nothing to the model, and no form asks for it.
        """
        ...

    def baseline(self, split: Split) -> Predicts:
        """The simple thing that a model must beat."""
        ...

    def learner(self, split: Split, context: LearnerContext) -> Problem: ...

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        """Numbers and panels; with the baseline's predictions of the same rows (or, of a baseline's, with the model's)
        also how sure the differences are."""
        ...

    def load(self, folder: Path, device: str = "cpu") -> Fitted: ...

    def export_files(self, folder: Path) -> Mapping[str, str]:
        """Plain files (name: content) that make what ``Fitted.save`` wrote into ``folder`` usable without the
        workbench: predict.py, …"""
        ...
