"""Dates in cells: which way of writing them a column uses, and the moments they mean."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.prepare.table_functions import FORMATS, moment, number


def format_of(cells: Sequence[str], *, month_first: bool = False) -> str | None:
    """The way of writing that fits all filled cells ("iso", or a format of ``strptime``); None when none does.

    Where day and month could be exchanged in every cell, the day comes first, as most of the world writes it.
    """
    filled = [cell for cell in dict.fromkeys(cells) if cell.strip()]
    formats = sorted(FORMATS, key=lambda format: not format.startswith("%m")) if month_first else FORMATS
    for format in formats if filled else ():
        if all(moment(cell, format) is not None for cell in filled):
            return format
    return None


def seconds(cells: pd.Series) -> NDArray[np.float64]:
    """Each cell's place in time: numbers as they are, dates as seconds since 1970. Raises DataError for other cells."""
    values = cells.tolist()
    numbers = [number(cell) for cell in values]
    if None not in numbers:
        return np.asarray(numbers, dtype=float)
    format = format_of(values)
    moments = [None if format is None else moment(cell, format) for cell in values]
    if None in moments:
        wrong = _first_wrong(values, moments)
        raise DataError(
            f"'{values[wrong][:40]}' is neither a number nor a date written like the others"
            if values[wrong].strip()
            else "the cell is empty: it says no time",
            where=f'row {int(cells.index[wrong]) + 1}, column "{cells.name}"',
            remedy="Choose a column of dates (2026-11-22) or numbers, or split at random.",
            code="SPLIT-04",
        )
    return np.asarray([at.timestamp() for at in moments if at is not None])


def _first_wrong(values: Sequence[str], moments: Sequence[object]) -> int:
    """The first cell that the way of writing of most cells does not fit."""
    if any(at is not None for at in moments):
        return next(place for place, at in enumerate(moments) if at is None)
    fits = {format: [moment(cell, format) is not None for cell in values] for format in FORMATS}
    best = max(fits.values(), key=sum)
    return best.index(False)
