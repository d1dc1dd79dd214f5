"""How good predicted probabilities are: ROC-AUC (do likelier rows come first?) and log loss (are they honest?)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate import bootstrap
from workbench.evaluate.panels import Score, Scores, Table

NAMES = {"roc_auc": "ROC-AUC", "log_loss": "Log loss"}
LEAST = float(np.finfo(np.float64).eps)  # probability that is counted for an answer held to be impossible

Floats = NDArray[np.float64]
Believed = tuple[Sequence[str], Floats]  # labels, and a probability a row and label


def added(
    scores: Scores, truth: Sequence[str], believed: Believed, baseline: Believed | None = None, *, seed: int = 0
) -> Scores:
    """``scores`` with ROC-AUC, log loss and a panel; with what a baseline believes, also the intervals of the
    differences on the same rows."""
    if not len(truth):
        return scores
    values = quick(truth, believed)
    others = None if baseline is None else _resampled(truth, baseline, seed)
    found = bootstrap.scores(values, _resampled(truth, believed, seed), others)
    return scores.model_copy(
        update={"values": {**scores.values, **found}, "panels": (*scores.panels, _panel(found))},
    )


def quick(truth: Sequence[str], believed: Believed) -> dict[str, float]:
    """Both measures without intervals, as scikit-learn defines them (one label against the rest, the labels' mean);
    ROC-AUC is left out where all rows have one label."""
    found = _measured(truth, believed, np.ones((1, len(truth))))
    return {name: float(values[0]) for name, values in found.items() if np.isfinite(values[0])}


def _resampled(truth: Sequence[str], believed: Believed, seed: int) -> dict[str, Floats]:
    parts = [_measured(truth, believed, weights) for weights in bootstrap.weights(len(truth), seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in NAMES}


def _measured(truth: Sequence[str], believed: Believed, weights: Floats) -> dict[str, Floats]:
    """Of rows that occur ``weights`` (resamples, rows) times."""
    labels, probabilities = believed
    true = np.asarray(truth, dtype=object)
    place = {label: number for number, label in enumerate(labels)}
    columns = {
        label: probabilities[:, place[label]] if label in place else np.zeros(len(true)) for label in sorted({*truth})
    }
    of_truth = np.zeros(len(true))
    areas = []
    for label, column in columns.items():
        is_label = true == label
        of_truth[is_label] = column[is_label]
        areas.append(area(column, is_label, weights))
    losses = -np.log(np.clip(of_truth, LEAST, 1.0))
    return {"roc_auc": _mean(np.stack(areas)), "log_loss": weights @ losses / weights.sum(axis=1)}


def area(chances: Floats, is_label: NDArray[np.bool_], weights: Floats) -> Floats:
    """The chance that a row of the label is held to be likelier than another row, equals counting half (Mann and
    Whitney); not-a-number where a resample has only one kind."""
    order = np.argsort(chances, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(chances[order]) > 0])
    ours = np.add.reduceat(weights[:, order] * is_label[order], starts, axis=1)
    rest = np.add.reduceat(weights[:, order] * ~is_label[order], starts, axis=1)
    below = np.cumsum(rest, axis=1) - rest / 2
    pairs = ours.sum(axis=1) * rest.sum(axis=1)
    found: Floats = np.divide((ours * below).sum(axis=1), pairs, out=np.full(len(pairs), np.nan), where=pairs > 0)
    return found


def _mean(areas: Floats) -> Floats:
    """Over the labels that a resample has."""
    known = np.isfinite(areas)
    sums = np.where(known, areas, 0).sum(axis=0)
    found: Floats = np.divide(sums, known.sum(axis=0), out=np.full(areas.shape[1], np.nan), where=known.any(axis=0))
    return found


def _panel(found: dict[str, Score]) -> Table:
    return Table(
        title="How good its probabilities are",
        help="ROC-AUC: how often a row of a label is held to be likelier than one of another; 0.5 is chance, 1 is "
        "perfect. Log loss: how surprised the model is by the truth; 0 is perfect, and being sure and wrong is dear.",
        columns=("Measure", "Value", "From", "To"),
        rows=tuple(
            (NAMES[name], *(f"{value:.3f}" if value is not None else "–" for value in (one.value, one.low, one.high)))
            for name, one in found.items()
        ),
    )
