"""Cells as numbers."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    """Each cell as a number; not a number where it is empty, or none."""
    return np.array([_number(cell) for cell in cells], dtype=float)


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in cell else math.nan
