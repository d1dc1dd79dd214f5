"""Cells as numbers, and columns that are meant as numbers although some cells say "NA"."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def numbers(cells: Sequence[str]) -> NDArray[np.float64]:
    """Each cell as a number; not a number where it is empty, or none."""
    return np.array([_number(cell) for cell in cells], dtype=float)


MEANT = 0.8  # of the filled cells


def meant_as_numbers(cells: Sequence[str], values: NDArray[np.float64]) -> bool:
    """Are nearly all filled cells numbers? ``values`` are the cells as ``numbers`` reads them."""
    filled = sum(map(bool, map(str.strip, cells)))
    return filled > 0 and int((~np.isnan(values)).sum()) >= MEANT * filled


def _number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        return math.nan
    return value if math.isfinite(value) and "_" not in cell else math.nan
