"""What is known about a table without any model: kinds of columns, counts, examples."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. ``kind`` is "text", "category", "number" or "id"; lengths are in characters."""

    name: str
    kind: str
    missing: int
    distinct: int
    mean_length: float
    max_length: int
    examples: tuple[str, ...]
    counts: Mapping[str, int]  # the 50 most frequent values, most frequent first (empty for text and id)


@dataclass(frozen=True, slots=True)
class TableProfile:
    rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        return next((column for column in self.columns if column.name == name), None)
