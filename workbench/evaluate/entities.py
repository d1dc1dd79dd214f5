"""How good marked pieces of texts are: precision, recall and F1 of entities, each with a 95 % interval, and the panels.

An entity is right when its type and both its ends are right, which is seqeval's definition in its default mode (after
conlleval); averages are over all entities of all texts ("micro"), and over types ("macro"). Ratios without anything to
divide by are 0.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate import bootstrap
from workbench.evaluate.panels import Bars, Mark, MarkedText, MarkedTexts, Panel, Score, Scores, Table

NAMES = {"f1": "F1", "precision": "Precision", "recall": "Recall", "macro_f1": "Macro F1"}
SHOWN = 30  # texts with mistakes
LONGEST = 1500  # characters that are shown of one

Entity = tuple[int, int, str]  # where it begins and ends, and its type
Floats = NDArray[np.float64]


def score(
    truth: Sequence[Sequence[Entity]],
    predicted: Sequence[Sequence[Entity]],
    texts: Sequence[str],
    rows: Sequence[int],
    baseline: Sequence[Sequence[Entity]] | None = None,
    *,
    seed: int = 0,
) -> Scores:
    """Everything about the ``predicted`` entities of each of the ``texts``; ``rows`` are their numbers. With a
    baseline's entities, each measure has the interval of its difference to the baseline's too (a paired bootstrap)."""
    if not len(truth):
        return Scores(rows=0, values={})
    types = sorted({kind for entities in (*truth, *predicted) for _, _, kind in entities})
    every = sorted({*types, *(kind for entities in baseline or () for _, _, kind in entities)})
    counts = _counts(truth, predicted, every)
    drawn = _resampled(counts, seed)
    others = None if baseline is None else _resampled(_counts(truth, baseline, every), seed)
    point = _measures(counts.sum(axis=0)[None])
    values = bootstrap.scores({name: float(point[name][0]) for name in NAMES}, drawn, others)
    per_class = _per_type(_counts(truth, predicted, types).sum(axis=0), types)
    panels = (*_panels(values, per_class, truth, predicted), _mistakes(truth, predicted, texts, rows))
    return Scores(rows=len(truth), values=values, per_class=per_class, panels=panels)


def quick(truth: Sequence[Sequence[Entity]], predicted: Sequence[Sequence[Entity]]) -> dict[str, float]:
    """Precision, recall and F1 without intervals: for validation within training."""
    hits = sum(len({*true} & {*found}) for true, found in zip(truth, predicted, strict=True))
    true, found = (sum(len({*entities}) for entities in side) for side in (truth, predicted))
    return {
        "precision": hits / found if found else 0.0,
        "recall": hits / true if true else 0.0,
        "f1": 2 * hits / (true + found) if true + found else 0.0,
    }


def _counts(
    truth: Sequence[Sequence[Entity]], predicted: Sequence[Sequence[Entity]], types: Sequence[str]
) -> NDArray[np.int64]:
    """How many entities are right, true and predicted: (texts, types, 3)."""
    place = {kind: number for number, kind in enumerate(types)}
    counts = np.zeros((len(truth), len(types), 3), dtype=np.int64)
    for row, (true, found) in enumerate(zip(truth, predicted, strict=True)):
        for column, entities in enumerate(({*true} & {*found}, {*true}, {*found})):
            for _, _, kind in entities:
                counts[row, place[kind], column] += 1
    return counts


def _measures(counts: NDArray[np.float64] | NDArray[np.int64]) -> dict[str, Floats]:
    """All measures of (resamples, types, 3) counts: one number a resample."""
    hits, true, found = np.moveaxis(counts.sum(axis=1, dtype=np.float64), -1, 0)
    each_hits, each_true, each_found = np.moveaxis(counts.astype(np.float64), -1, 0)
    occurs = (each_true + each_found) > 0
    each = _ratio(2 * each_hits, each_true + each_found)
    return {
        "f1": _ratio(2 * hits, true + found),
        "precision": _ratio(hits, found),
        "recall": _ratio(hits, true),
        "macro_f1": each.sum(axis=1) / np.maximum(occurs.sum(axis=1), 1),
    }


def _resampled(counts: NDArray[np.int64], seed: int) -> dict[str, Floats]:
    texts, types, columns = counts.shape
    flat = counts.reshape(texts, types * columns).astype(np.float64)
    parts = [
        _measures((weights @ flat).reshape(len(weights), types, columns)) for weights in bootstrap.weights(texts, seed)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in NAMES}


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _per_type(counts: NDArray[np.int64], types: Sequence[str]) -> dict[str, dict[str, float]]:
    found = {}
    for kind, (hits, true, predicted) in zip(types, counts.tolist(), strict=True):
        found[kind] = {
            "precision": bootstrap.rounded(hits / predicted if predicted else 0.0),
            "recall": bootstrap.rounded(hits / true if true else 0.0),
            "f1": bootstrap.rounded(2 * hits / (true + predicted)),
            "support": float(true),
        }
    return found


def _panels(
    values: dict[str, Score],
    per_class: dict[str, dict[str, float]],
    truth: Sequence[Sequence[Entity]],
    predicted: Sequence[Sequence[Entity]],
) -> tuple[Panel, ...]:
    measures = (("Precision", "precision"), ("Recall", "recall"), ("F1", "f1"))
    return (
        Table(
            title="All measures",
            help="With the range in which each would lie for other texts of the same kind, 19 times out of 20. An "
            "entity is right when its type, its beginning and its end are right.",
            columns=("Measure", "Value", "From", "To"),
            rows=tuple((NAMES[name], score.value, score.low, score.high) for name, score in values.items()),
        ),
        Bars(
            title="By type",
            help="Precision: of the entities that the model marked, how many are right. Recall: of those that are "
            "there, how many it marked. F1 is high only if both are.",
            categories=tuple(per_class),
            series={title: tuple(numbers[name] for numbers in per_class.values()) for title, name in measures},
        ),
        Table(
            title="Every type",
            columns=("Type", "Precision", "Recall", "F1", "Entities"),
            rows=tuple(
                (kind, n["precision"], n["recall"], n["f1"], int(n["support"])) for kind, n in per_class.items()
            ),
        ),
        Table(
            title="What goes wrong",
            help="Every true entity that the model did not get right, and every one that it marked where nothing is.",
            columns=("Mistake", "Entities"),
            rows=tuple(_kinds_of_mistakes(truth, predicted).items()),
        ),
    )


def _kinds_of_mistakes(truth: Sequence[Sequence[Entity]], predicted: Sequence[Sequence[Entity]]) -> dict[str, int]:
    counts = dict.fromkeys(("Right place, wrong type", "Right type, wrong ends", "Not found", "Nothing is there"), 0)
    for true, found in zip(truth, predicted, strict=True):
        for start, end, kind in {*true} - {*found}:
            over = [entity for entity in found if entity[0] < end and entity[1] > start]
            if any(entity[:2] == (start, end) for entity in over):
                counts["Right place, wrong type"] += 1
            elif any(entity[2] == kind for entity in over):
                counts["Right type, wrong ends"] += 1
            else:
                counts["Not found"] += 1
        counts["Nothing is there"] += sum(
            not any(entity[0] < end and entity[1] > start for entity in true) for start, end, _ in found
        )
    return counts


def _mistakes(
    truth: Sequence[Sequence[Entity]],
    predicted: Sequence[Sequence[Entity]],
    texts: Sequence[str],
    rows: Sequence[int],
) -> MarkedTexts:
    wrong = [len({*true} ^ {*found}) for true, found in zip(truth, predicted, strict=True)]
    worst = sorted((place for place, count in enumerate(wrong) if count), key=lambda place: -wrong[place])[:SHOWN]
    return MarkedTexts(
        title="Worst mistakes",
        help="The texts with the most entities that are missing, invented, or marked wrongly.",
        texts=tuple(
            MarkedText(
                row=int(rows[place]),
                text=texts[place][:LONGEST],
                true=_marks(truth[place]),
                predicted=_marks(predicted[place]),
            )
            for place in worst
        ),
    )


def _marks(entities: Iterable[Entity]) -> tuple[Mark, ...]:
    return tuple(Mark(start=start, end=end, label=kind) for start, end, kind in entities if end <= LONGEST)
