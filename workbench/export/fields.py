"""What somebody is asked for who tries a model on one row: a field for each column that it reads."""

from collections.abc import Sequence
from typing import Any

from workbench.data.profiles.profile import ColumnProfile, TableProfile

MOST_CHOICES = 50  # of a list that people look through


def of_columns(profile: TableProfile, names: Sequence[str]) -> list[dict[str, Any]]:
    """Plain values for workbench.json: column and kind ("number", "choice" or "text"), with the range of numbers, the
    values to choose from, and an example, which is the most frequent value where that is known."""
    found = ((name, profile.column(name)) for name in names)
    return [{"column": name, "kind": "text"} if column is None else _field(column) for name, column in found]


def _field(column: ColumnProfile) -> dict[str, Any]:
    example = next(iter(column.counts), next(iter(column.examples), ""))
    field = {"column": column.name, "example": example}
    if column.numbers is not None:
        return {**field, "kind": "number", "least": column.numbers.least, "most": column.numbers.most}
    if column.kind == "category" and column.distinct <= MOST_CHOICES:
        return {**field, "kind": "choice", "values": sorted(column.counts, key=_order)}
    return {**field, "kind": "text"}


def _order(value: str) -> tuple[bool, float, str]:
    """Numbers by size, then words by letters."""
    try:
        return False, float(value), value
    except ValueError:
        return True, 0.0, value
