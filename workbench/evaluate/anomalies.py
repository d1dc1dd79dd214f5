"""How good a model is that draws images anew: its error, and whether the error tells anomalies from what is normal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate import bootstrap
from workbench.evaluate.panels import Histogram, Panel, Scatter, Score, Scores, Table
from workbench.evaluate.probabilities import area

NAMES = {"reconstruction_error": "Reconstruction error", "auroc": "AUROC"}
BINS = 24
SHOWN = 1500  # points in a map; more are a cloud
MOST_GROUPS = 12  # labels that the map tells apart
OTHERS = "other labels"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows with the ``errors`` of their images and what each was squeezed into (``codes``: rows, numbers).

    ``labels`` are theirs, None where nobody knows them; those in ``normal`` count as normal. With ``only_normal`` the
    error is that of normal rows, since the model has learned from no others.
    """

    errors: Floats
    codes: NDArray[np.float32]
    labels: Sequence[str] | None = None
    normal: tuple[str, ...] = ()
    only_normal: bool = False

    @property
    def anomalous(self) -> NDArray[np.bool_] | None:
        """Which rows have a label that is not normal; None where not both kinds are there."""
        if self.labels is None or not self.normal:
            return None
        found = ~np.isin(np.asarray(self.labels, dtype=object), list(self.normal))
        return found if found.any() and not found.all() else None

    @property
    def counted(self) -> NDArray[np.bool_]:
        """The rows whose error counts."""
        anomalous = self.anomalous
        return ~anomalous if self.only_normal and anomalous is not None else np.ones(len(self.errors), dtype=bool)


def score(judged: Judged, baseline: Floats | None = None, *, seed: int = 0) -> Scores:
    """``reconstruction_error`` and, where some rows are normal and others are not, ``auroc``, with 95 % intervals; with
    a baseline's errors of the same rows also those of the differences. And panels of all but images."""
    if not len(judged.errors):
        return Scores(rows=0, values={})
    others = None if baseline is None else _resampled(judged, baseline, seed)
    whole = _measured(judged, judged.errors, np.ones((1, len(judged.errors))))
    values = {name: float(found[0]) for name, found in whole.items()}
    scores = bootstrap.scores(values, _resampled(judged, judged.errors, seed), others)
    return Scores(rows=len(judged.errors), values=scores, panels=(_measures(scores), *_panels(judged, seed)))


def _resampled(judged: Judged, errors: Floats, seed: int) -> dict[str, Floats]:
    parts = [_measured(judged, errors, weights) for weights in bootstrap.weights(len(errors), seed)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _measured(judged: Judged, errors: Floats, weights: Floats) -> dict[str, Floats]:
    """Of rows that occur ``weights`` (resamples, rows) times."""
    counted, anomalous = judged.counted, judged.anomalous
    rows = weights[:, counted].sum(axis=1)
    sums = weights[:, counted] @ errors[counted]
    found = {"reconstruction_error": np.divide(sums, rows, out=np.full(len(rows), np.nan), where=rows > 0)}
    return found if anomalous is None else found | {"auroc": area(errors, anomalous, weights)}


def _measures(scores: Mapping[str, Score]) -> Table:
    return Table(
        title="All measures",
        help="With the range in which each would lie for other images of the same kind, 19 times out of 20. AUROC is "
        "how often an image that is not normal has a larger error than a normal one: 0.5 is chance, 1 is perfect.",
        columns=("Measure", "Value", "From", "To"),
        rows=tuple(
            (NAMES[name], *("–" if value is None else f"{value:.4g}" for value in (one.value, one.low, one.high)))
            for name, one in scores.items()
        ),
    )


def _panels(judged: Judged, seed: int) -> tuple[Panel, ...]:
    panels: list[Panel] = [_histogram(judged)]
    if judged.codes.shape[1] > 1 and len(judged.codes) > 2:
        panels.append(_map(judged, seed))
    if judged.labels is not None:
        panels.append(_by_label(judged))
    return tuple(panels)


def _histogram(judged: Judged) -> Histogram:
    edges = np.linspace(judged.errors.min(), max(judged.errors.max(), judged.errors.min() + 1e-9), BINS + 1)
    anomalous = judged.anomalous
    kinds = {"All images": np.ones(len(judged.errors), dtype=bool)}
    if anomalous is not None:
        kinds = {"Normal": ~anomalous, "Other labels": anomalous}
    return Histogram(
        title="How far copies are off",
        help="Each bar counts images whose copies differ from them by so much. What lies far to the right is unusual.",
        x_label="Reconstruction error",
        edges=tuple(map(bootstrap.rounded, edges)),
        series={name: tuple(map(int, np.histogram(judged.errors[which], edges)[0])) for name, which in kinds.items()},
    )


def _map(judged: Judged, seed: int) -> Scatter:
    """The two directions in which the codes differ most (principal components)."""
    centred = judged.codes.astype(np.float64) - judged.codes.mean(axis=0)
    shown = np.sort(np.random.default_rng(seed).permutation(len(centred))[:SHOWN])
    x, y = (centred[shown] @ np.linalg.svd(centred[shown], full_matrices=False)[2][:2].T).T
    return Scatter(
        title="Map of the images",
        help="Every point is an image. The model takes neighbours for alike: shown are the two directions in which the "
        "numbers that it squeezes images into differ most (PCA).",
        x_label="First direction",
        y_label="Second direction",
        x=tuple(map(bootstrap.rounded, x)),
        y=tuple(map(bootstrap.rounded, y)),
        groups=_groups(judged.labels, shown) if judged.labels is not None else (),
    )


def _groups(labels: Sequence[str], shown: NDArray[np.int64]) -> tuple[str, ...]:
    """The labels of some rows; the rarer of very many become one."""
    known, counts = np.unique(np.asarray(labels, dtype=str), return_counts=True)
    kept = set(known[np.argsort(-counts, kind="stable")][: MOST_GROUPS if len(known) > MOST_GROUPS else len(known)])
    return tuple(labels[row] if labels[row] in kept else OTHERS for row in shown)


def _by_label(judged: Judged) -> Table:
    labels = np.asarray(judged.labels, dtype=object)
    means = {label: judged.errors[labels == label] for label in sorted(set(labels))}
    normal = set(judged.normal)
    return Table(
        title="By label",
        help="How far copies of the images of each label are off, the worst first, and whether it counts as normal.",
        columns=("Label", "Counts as", "Images", "Mean error", "Largest error"),
        rows=tuple(
            (label, "normal" if label in normal else "other", len(own), f"{own.mean():.4g}", f"{own.max():.4g}")
            for label, own in sorted(means.items(), key=lambda item: -item[1].mean())
        ),
    )
