"""Which column of a table plays which role."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.errors import DataError


@dataclass(frozen=True, slots=True)
class Roles:
    """``columns`` maps role to column, in the order of the roles; ``inputs`` are the roles that hold texts, and
    ``target`` is the role of the label, None when there is none."""

    columns: Mapping[str, str]
    inputs: tuple[str, ...]
    target: str | None


def choose_columns(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The columns that play a role, under the names of their roles. Raises DataError for a column not there."""
    known = [str(name) for name in table.columns]
    for role, column in columns.items():
        if column not in known:
            near = difflib.get_close_matches(column, known, 1, cutoff=0.5)
            hint = f"Did you mean '{near[0]}'?" if near else "Choose one of these columns."
            raise DataError(
                f"there is no column '{column}' for the role '{role}'; the table has "
                f"{', '.join(known[:20])}{', …' if len(known) > 20 else ''}",
                remedy=hint,
                code="DATA-01",
            )
    return table[list(columns.values())].set_axis(list(columns), axis="columns")
