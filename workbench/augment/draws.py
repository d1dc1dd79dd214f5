"""Random numbers for many samples at once: each depends on (seed, epoch, sample, position, place) and nothing else."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = Sequence[int] | NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MASK = 2**64 - 1


def uniforms(seed: int, epoch: int, rows: Rows, position: int, count: int) -> Floats:
    """Numbers in [0, 1) of shape (rows, count), independent of which other rows are asked for.

    They are the splitmix64 stream (Steele, Lea and Flood, 2014, https://doi.org/10.1145/2714064.2660195) of each
    sample, whose start is hashed from seed, epoch, position and row: a generator object a row would take longer than
    many a training step on a table.
    """
    start = np.zeros(1, dtype=np.uint64)
    for part in (seed, epoch, position):
        start = _mixed(start + _GOLDEN ^ np.uint64(part & _MASK))
    own = _mixed(start + np.asarray(rows, dtype=np.int64).astype(np.uint64) * _GOLDEN)
    places = np.arange(1, count + 1, dtype=np.uint64) * _GOLDEN
    found: Floats = (_mixed(own[:, None] + places[None, :]) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return found


def normals(seed: int, epoch: int, rows: Rows, position: int, count: int) -> Floats:
    """Standard normal numbers of shape (rows, count), by the transform of Box and Muller."""
    first, second = np.split(uniforms(seed, epoch, rows, position, 2 * count), 2, axis=1)
    found: Floats = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * np.pi * second)
    return found


def between(low: float, high: float, drawn: Floats) -> Floats:
    """Uniform numbers in [0, 1) spread over [low, high)."""
    return low + (high - low) * drawn


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))
