"""How sure a number is: resamples of the rows, drawn with replacement, and what lies between the outer 2.5 %."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate.panels import Score

RESAMPLES = 1000
_FEWEST = 100  # resamples of very many rows, whose numbers hardly differ
_CELLS = 20_000_000  # rows times resamples: seconds
_AT_ONCE = 2_000_000

Floats = NDArray[np.float64]


def weights(rows: int, seed: int) -> Iterator[Floats]:
    """How often each row occurs in each resample, in portions (resamples, rows); the same for the same arguments, so
    that two models are compared on the same rows."""
    draw = np.random.default_rng(seed)
    left = max(_FEWEST, min(RESAMPLES, _CELLS // max(rows, 1)))
    while left:
        some = min(left, max(1, _AT_ONCE // max(rows, 1)))
        picked = draw.integers(rows, size=(some, rows)) + np.arange(some)[:, None] * rows
        yield np.bincount(picked.ravel(), minlength=some * rows).reshape(some, rows).astype(np.float64)
        left -= some


def scores(
    values: Mapping[str, float], drawn: Mapping[str, Floats], others: Mapping[str, Floats] | None = None
) -> dict[str, Score]:
    """Each value with its 95 % interval from its resamples ``drawn``; and, when those of a baseline are given, with the
    interval of the difference on the same resamples."""
    found = {}
    for name, value in values.items():
        low, high = _interval(drawn[name])
        score = Score(value=rounded(value), low=low, high=high)
        if others is not None and name in others:
            low, high = _interval(drawn[name] - others[name])
            score = score.model_copy(update={"difference_low": low, "difference_high": high})
        found[name] = score
    return found


def rounded(value: float | np.floating) -> float:
    """Seven significant digits, whatever the unit."""
    return float(f"{float(value):.7g}")


def _interval(drawn: Floats) -> tuple[float, float] | tuple[None, None]:
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return None, None
    low, high = np.percentile(known, (2.5, 97.5))
    return rounded(low), rounded(high)
