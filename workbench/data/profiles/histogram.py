"""How values are spread, counted in bins while they pass by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = 40
_LENGTHS = np.array([step * 10**power for power in range(7) for step in (1, 2, 5)], np.int64)


@dataclass(frozen=True, slots=True)
class Histogram:
    """``counts[i]`` values lie from ``edges[i]`` up to below ``edges[i + 1]``; the last bin holds its end too."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The least, the greatest and the mean of a column's numbers, and how they are spread."""

    least: float
    most: float
    mean: float
    histogram: Histogram


class Lengths:
    """Counts lengths of texts in bins of 1, 2, 5, 10, 20, 50 … characters."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_LENGTHS) + 1, np.int64)

    def add(self, lengths: NDArray[Any]) -> None:
        self._counts += np.bincount(np.searchsorted(_LENGTHS, lengths, side="right"), minlength=len(self._counts))

    def histogram(self) -> Histogram | None:
        """The bins in which there is something; None without texts."""
        counts = self._counts[1:]  # nothing is shorter than one character
        return _trimmed([*_LENGTHS, 10 * _LENGTHS[-3]], counts)


class Spread:
    """Least, greatest and mean of numbers, and bins that become wider as numbers beyond them come."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0.0
        self._least, self._most = np.inf, -np.inf
        self._start, self._width = 0.0, 0.0
        self._bins = np.zeros(_BINS, np.int64)

    def add(self, values: NDArray[np.float64], weights: NDArray[np.int64] | None = None) -> None:
        """Count the values, each as often as its weight says; infinite ones are left out."""
        finite = np.isfinite(values)
        if not finite.all():
            values = values[finite]
            weights = weights if weights is None else weights[finite]
        if not len(values):
            return
        self._count += len(values) if weights is None else int(weights.sum())
        with np.errstate(over="ignore"):
            self._sum += float(values.sum() if weights is None else (values * weights).sum())
        least, most = float(values.min()), float(values.max())
        self._make_room(least, most)
        if not np.isfinite(self._width):
            return
        places = ((values - self._start) / self._width).astype(np.int64).clip(0, _BINS - 1)
        self._bins += np.bincount(places, weights, _BINS).astype(np.int64)

    def numbers(self) -> Numbers | None:
        """What is known; None when there was no number, or when they lie too far apart to be counted in bins."""
        if not self._count or not np.isfinite(self._width) or not np.isfinite(self._sum):
            return None
        edges = [self._start + place * self._width for place in range(_BINS + 1)]
        histogram = _trimmed(edges, self._bins)
        return Numbers(self._least, self._most, self._sum / self._count, histogram) if histogram else None

    def _make_room(self, least: float, most: float) -> None:
        with np.errstate(over="ignore", invalid="ignore"):
            if self._count and self._width:
                while least < self._start and np.isfinite(self._width):
                    self._start -= _BINS * self._width
                    self._bins = np.concatenate([np.zeros(_BINS, np.int64), self._bins]).reshape(_BINS, 2).sum(axis=1)
                    self._width *= 2
                while most > self._start + _BINS * self._width and np.isfinite(self._width):
                    self._bins = np.concatenate([self._bins, np.zeros(_BINS, np.int64)]).reshape(_BINS, 2).sum(axis=1)
                    self._width *= 2
            else:
                self._start = least
                self._width = float(np.float64(most) - least) / _BINS or max(abs(least) * 1e-3, 1e-3)
        self._least, self._most = min(self._least, least), max(self._most, most)


def from_dict(content: Mapping[str, Any]) -> Histogram:
    """The histogram that ``dataclasses.asdict`` wrote."""
    return Histogram(tuple(content["edges"]), tuple(content["counts"]))


def _trimmed(edges: Any, counts: NDArray[np.int64]) -> Histogram | None:
    """Without the empty bins at both ends."""
    used = np.flatnonzero(counts)
    if not len(used):
        return None
    first, last = int(used[0]), int(used[-1])
    return Histogram(tuple(float(edge) for edge in edges[first : last + 2]), tuple(counts[first : last + 1].tolist()))
