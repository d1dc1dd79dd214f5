"""Which columns of a table a step works on: those that were chosen, else all of the right kind."""

from collections.abc import Sequence

import pandas as pd

from workbench.prepare.dates import format_of
from workbench.prepare.roles import Roles, check_column
from workbench.prepare.table_functions import number


def chosen(train: pd.DataFrame, names: Sequence[str]) -> tuple[str, ...]:
    """The chosen columns. Raises DataError for one that is not there."""
    for name in names:
        check_column(name, [str(column) for column in train.columns])
    return tuple(names)


def numbers(train: pd.DataFrame, roles: Roles, names: Sequence[str]) -> tuple[str, ...]:
    """The chosen columns, else every feature whose filled cells are all numbers."""
    return chosen(train, names) or tuple(name for name in roles.features or () if is_number(train[name]))


def categories(train: pd.DataFrame, roles: Roles, names: Sequence[str]) -> tuple[str, ...]:
    """The chosen columns, else every feature that holds neither numbers nor dates."""
    return chosen(train, names) or tuple(
        name for name in roles.features or () if not is_number(train[name]) and format_of(train[name].tolist()) is None
    )


def dates(train: pd.DataFrame, roles: Roles, names: Sequence[str]) -> tuple[str, ...]:
    """The chosen columns, else every feature whose filled cells are all dates written in one way."""
    return chosen(train, names) or tuple(
        name for name in roles.features or () if format_of(train[name].tolist()) is not None
    )


def is_number(cells: pd.Series) -> bool:
    """Are all filled cells numbers, and is there one?"""
    filled = [cell for cell in cells.unique().tolist() if cell.strip()]
    return bool(filled) and all(number(cell) is not None for cell in filled)


def values(cells: pd.Series) -> pd.Series:
    """The numbers among the cells, each as a float."""
    found = [number(cell) for cell in cells.tolist()]
    return pd.Series([value for value in found if value is not None], dtype=float)
