"""Finding: numbers far from all others in their column, which are often mistakes of typing or measuring."""

import math
from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, singly
from workbench.findings.numbers import meant_as_numbers, numbers
from workbench.recipe import Step

TEXT = (
    "{count:,} numbers in “{column}” are far from all others, such as {examples}; half of them lie between {low:g} and "
    "{high:g}. They may be mistakes of typing or measuring."
)
FIX = "Leave these rows out"
TEXTS = (TEXT, FIX)
_COLUMNS = 10
_ENOUGH = 30  # numbers
_MEASURED = 10  # different numbers; fewer are rather codes
_FAR, _FARTHEST = 3.0, 10.0  # times the middle half's width beyond it (Tukey's "far out"), and what the step can do
_COMMON = 0.02  # of the numbers: more is how the column is, not an exception


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding a column, for the first few columns that have any."""
    return islice(_in_columns(evidence), _COLUMNS)


def _in_columns(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.question.reads_features:
        return
    for column in evidence.columns("number", "text", "category"):
        cells = evidence.cells(column.name)
        values = numbers(cells)
        filled = values[~np.isnan(values)]
        if len(filled) < _ENOUGH or column.distinct < _MEASURED or not meant_as_numbers(cells, values):
            continue
        limit = _limit(filled)
        if limit is None:
            continue
        places = np.flatnonzero(_distance(filled, values) > limit)
        if not len(places) or len(places) > max(1, _COMMON * len(filled)):
            continue
        places = places[np.argsort(-_distance(filled, values[places]), kind="stable")]
        low, high = np.quantile(filled, [0.25, 0.75])
        step = {"step": "drop-outliers", "columns": [column.name], "method": "iqr", "limit": limit}
        yield Finding(
            kind="outliers",
            level="info",
            text=TEXT,
            values={
                "count": len(places),
                "column": column.name,
                "examples": ", ".join(dict.fromkeys(cells[place][:20] for place in places[:3].tolist())),
                "low": float(low),
                "high": float(high),
            },
            count=len(places),
            rows=singly(evidence.source(places.tolist())),
            column=column.name,
            fix=Fix(FIX, step=Step.model_validate(step)),
        )


def _limit(filled: NDArray[np.float64]) -> float | None:
    """The distance beyond which a number is far; None when there is none.

    A column of positive numbers that spreads over magnitudes, such as incomes, is looked at by its logarithm too, and
    what is usual there is not far.
    """
    distances = _distance(filled, filled)
    far = distances > _FAR
    if filled.min() > 0:
        logarithms = np.log(filled)
        far &= _distance(logarithms, logarithms) > _FAR
    if not far.any():
        return None
    usual = float(distances[~far].max(initial=_FAR))
    limit = max(_FAR, math.ceil(10 * usual) / 10)
    return limit if limit <= _FARTHEST else None


def _distance(filled: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far outside of the middle half of ``filled`` each value is, in times its width."""
    low, high = np.quantile(filled, [0.25, 0.75])
    if high == low:
        return np.zeros(len(values))
    return np.asarray(np.nan_to_num(np.maximum(low - values, values - high) / (high - low)))
