"""How good predicted labels are: accuracy, precision, recall and F1, each with a 95 % interval, and the panels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.panels import Bars, Curve, Line, Matrix, Panel, Score, Scores, Table

RESAMPLES = 1000
SHOWN = 50  # labels in a panel; more cannot be read
BINS = 10


def score(
    truth: Sequence[str],
    predicted: Sequence[str],
    labels: Sequence[str],
    confidence: Sequence[float] | None = None,
    *,
    seed: int = 0,
) -> Scores:
    """Everything about ``predicted`` against ``truth``; ``labels`` are those that the model knows, in its order.

    Averages go over the labels that occur in truth or predictions, as scikit-learn has it. Intervals are percentile
    bootstraps over rows. ``confidence`` (the predicted label's probability) adds the reliability curve.
    """
    if not len(truth):
        return Scores(rows=0, values={})
    names = [*labels, *sorted(set(truth) - set(labels))]
    position = {name: index for index, name in enumerate(names)}
    true = np.asarray([position[name] for name in truth])
    guess = np.asarray([position[name] for name in predicted])
    cells, counts = np.unique(true * len(names) + guess, return_counts=True)
    point = _from_counts(cells, counts[None, :].astype(np.float64), len(names))
    drawn = _resample(cells, counts, len(names), seed)
    values = {
        name: Score(value=_number(point[name][0]), low=_edge(drawn[name], 2.5), high=_edge(drawn[name], 97.5))
        for name in AVERAGES
    }
    present = np.flatnonzero((point["support"][0] + point["predictions"][0]) > 0)
    per_class = {names[index]: _class_numbers(point, drawn, int(index)) for index in present}
    panels = _panels(names, true, guess, point, values, per_class)
    if confidence is not None:
        panels = (*panels, _reliability(true == guess, np.asarray(confidence, dtype=np.float64)))
    return Scores(rows=len(truth), values=values, per_class=per_class, panels=panels)


def against(
    scores: Scores, truth: Sequence[str], predicted: Sequence[str], baseline: Sequence[str], *, seed: int = 0
) -> Scores:
    """``scores`` with the intervals of the differences to a baseline's predictions of the same rows.

    A paired bootstrap: every resample has the same rows for both, so that rows which are hard for both cancel out.
    """
    if not len(truth):
        return scores
    names, coded = np.unique(np.asarray([*truth, *predicted, *baseline], dtype=object).astype(str), return_inverse=True)
    classes = len(names)
    true, guess, simple = coded.reshape(3, -1).astype(np.int64)
    cells, counts = np.unique((true * classes + guess) * classes + simple, return_counts=True)
    draws = _draw(counts, seed)
    pairs, simple = cells // classes, cells % classes
    model = _from_counts(pairs, draws, classes)
    other = _from_counts(pairs // classes * classes + simple, draws, classes)
    values = {}
    for name, score in scores.values.items():
        difference = model[name] - other[name]
        edges = {"difference_low": _edge(difference, 2.5), "difference_high": _edge(difference, 97.5)}
        values[name] = score.model_copy(update=edges)
    return scores.model_copy(update={"values": values})


def quick(true: NDArray[np.int64], guess: NDArray[np.int64], classes: int) -> dict[str, float]:
    """Accuracy and macro-F1 from label numbers, without intervals: for validation within training."""
    cells, counts = np.unique(true * classes + guess, return_counts=True)
    point = _from_counts(cells, counts[None, :].astype(np.float64), classes)
    return {name: _number(point[name][0]) for name in ("accuracy", "macro_f1")}


AVERAGES = {
    "macro_f1": "Macro F1",
    "accuracy": "Accuracy",
    "weighted_f1": "Weighted F1",
    "macro_precision": "Macro precision",
    "macro_recall": "Macro recall",
}


def _from_counts(cells: NDArray[np.int64], counts: NDArray[np.float64], classes: int) -> dict[str, NDArray[np.float64]]:
    """All measures of many confusion matrices at once.

    ``counts[r, c]`` rows of resample r fell into ``cells[c]`` = true label * classes + predicted label. Per-class
    measures have shape (resamples, classes), averages (resamples,). Undefined ratios count as 0; labels that occur
    neither in truth nor in predictions are left out of macro averages.
    """
    true, guess = cells // classes, cells % classes
    support = _sums(counts, true, classes)
    predictions = _sums(counts, guess, classes)
    hits = _sums(counts * (true == guess), true, classes)
    precision, recall = _ratio(hits, predictions), _ratio(hits, support)
    f1 = _ratio(2 * hits, support + predictions)
    total = counts.sum(axis=1)
    occurs = (support + predictions) > 0
    number = np.maximum(occurs.sum(axis=1), 1)
    return {
        "support": support,
        "predictions": predictions,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "accuracy": hits.sum(axis=1) / total,
        "macro_precision": precision.sum(axis=1) / number,
        "macro_recall": recall.sum(axis=1) / number,
        "macro_f1": f1.sum(axis=1) / number,
        "weighted_f1": (f1 * support).sum(axis=1) / total,
    }


def _sums(counts: NDArray[np.float64], groups: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Columns of ``counts`` added up by group: (resamples, cells) to (resamples, classes)."""
    order = np.argsort(groups, kind="stable")
    present, starts = np.unique(groups[order], return_index=True)
    sums = np.zeros((len(counts), classes))
    sums[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
    return sums


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _resample(
    cells: NDArray[np.int64], counts: NDArray[np.int64], classes: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Measures of bootstrap resamples of the rows.

    Rows in one cell of the confusion matrix cannot be told apart by any measure, so drawing rows with replacement
    is drawing the cells' counts from a multinomial distribution: thousands of rows cost no more than a few cells.
    """
    return _from_counts(cells, _draw(counts, seed), classes)


def _draw(counts: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    total = int(counts.sum())
    return np.random.default_rng(seed).multinomial(total, counts / total, size=RESAMPLES).astype(np.float64)


def _class_numbers(
    point: dict[str, NDArray[np.float64]], drawn: dict[str, NDArray[np.float64]], index: int
) -> dict[str, float]:
    numbers = {"support": float(point["support"][0, index])}
    for name in ("precision", "recall", "f1"):
        numbers[name] = _number(point[name][0, index])
        numbers[f"{name}_low"] = _edge(drawn[name][:, index], 2.5)
        numbers[f"{name}_high"] = _edge(drawn[name][:, index], 97.5)
    return numbers


def _edge(values: NDArray[np.float64], percent: float) -> float:
    return _number(np.percentile(values, percent))


def _number(value: float | np.floating) -> float:
    return round(float(value), 6)


def _panels(
    names: Sequence[str],
    true: NDArray[np.int64],
    guess: NDArray[np.int64],
    point: dict[str, NDArray[np.float64]],
    values: dict[str, Score],
    per_class: dict[str, dict[str, float]],
) -> tuple[Panel, ...]:
    often = np.argsort(-(point["support"][0] + point["predictions"][0]), kind="stable")[:SHOWN]
    shown = [int(index) for index in sorted(often) if names[index] in per_class]
    counts = np.zeros((len(names), len(names)), dtype=np.int64)
    np.add.at(counts, (true, guess), 1)
    labels = tuple(names[index] for index in shown)
    rows = tuple((AVERAGES[name], score.value, score.low, score.high) for name, score in values.items())
    return (
        Table(
            title="All measures",
            help="With the range in which each would lie for other texts of the same kind, 19 times out of 20.",
            columns=("Measure", "Value", "From", "To"),
            rows=rows,
        ),
        Bars(
            title="By label",
            help="Precision: of the rows given this label, how many have it. Recall: of the rows that have it, how "
            "many were found. F1 is high only if both are.",
            categories=labels,
            series={
                title: tuple(per_class[label][name] for label in labels)
                for title, name in (("Precision", "precision"), ("Recall", "recall"), ("F1", "f1"))
            },
        ),
        Matrix(
            title="What was taken for what",
            help="Rows are the true labels, columns the predicted ones; off the diagonal are the mistakes.",
            labels=labels,
            counts=tuple(tuple(int(counts[i, j]) for j in shown) for i in shown),
        ),
        Table(
            title="Every label",
            columns=("Label", "Precision", "Recall", "F1", "Rows"),
            rows=tuple(
                (label, n["precision"], n["recall"], n["f1"], int(n["support"])) for label, n in per_class.items()
            ),
        ),
    )


def _reliability(right: NDArray[np.bool_], confidence: NDArray[np.float64]) -> Curve:
    """How often the model is right when it is so sure; on the diagonal its confidence can be taken as it is."""
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    filled = [index for index in range(BINS) if (bins == index).any()]
    return Curve(
        title="Can its confidence be trusted?",
        help="Of the rows about which the model is 90 % sure, 90 % should be right: points below the diagonal show "
        "a model that is too sure of itself.",
        x_label="Confidence",
        y_label="Share that is right",
        lines=(
            Line(
                name="This model",
                x=tuple(_number(confidence[bins == index].mean()) for index in filled),
                y=tuple(_number(right[bins == index].mean()) for index in filled),
            ),
            Line(name="Ideal", x=(0.0, 1.0), y=(0.0, 1.0)),
        ),
    )
