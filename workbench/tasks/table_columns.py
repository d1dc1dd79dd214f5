"""What a network reads of a table: which columns are numbers, which categories, and what each cell becomes."""

import math
import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.prepare.dates import format_of
from workbench.prepare.table_functions import number

MOSTLY = 0.8  # the share of a column's cells from which on those that are no numbers count as missing
MANY = 20  # different numbers, which a column of mostly numbers has
MOST_VALUES = 1_000  # of a category; more are gathered in as many buckets
OFTEN = 2  # rows of a value from which on it is told apart from unknown ones

Why = Literal["constant", "dates", "row numbers", "texts"]
_ROW_NUMBERS = re.compile(r"(^|[_\W])(id|index|nr|no|number|row)$|^(unnamed.*|index)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Category:
    """A column whose ``values`` have the codes 1, 2, … in their order; 0 is every other value."""

    column: str
    values: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.values) + 1


@dataclass(frozen=True, slots=True)
class Hashed:
    """A column of so many values that each falls into one of the ``buckets``, by its checksum."""

    column: str
    buckets: int

    @property
    def size(self) -> int:
        return self.buckets


@dataclass(frozen=True, slots=True)
class TableColumns:
    """How rows are read. ``flags`` are the places of those ``numbers`` of which some were missing in training."""

    numbers: tuple[str, ...]
    flags: tuple[int, ...]
    categories: tuple[Category, ...]
    hashed: tuple[Hashed, ...] = ()

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many codes each category has, in the order of ``codes``."""
        return (*(column.size for column in self.categories), *(column.size for column in self.hashed))

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.numbers, *(kept.column for kept in self.categories), *(kept.column for kept in self.hashed))

    def values(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """The numbers (rows, numbers); not-a-number where a cell is empty or holds none."""
        found = np.empty((len(rows), len(self.numbers)))
        for place, name in enumerate(self.numbers):
            found[:, place] = amounts(rows[name])
        return found

    def codes(self, rows: pd.DataFrame) -> NDArray[np.int64]:
        """The codes of the categories, then of the hashed columns."""
        found = np.empty((len(rows), len(self.sizes)), dtype=np.int64)
        for place, category in enumerate(self.categories):
            known = {value: code for code, value in enumerate(category.values, 1)}
            found[:, place] = [known.get(cell.strip(), 0) for cell in rows[category.column]]
        for place, column in enumerate(self.hashed, len(self.categories)):
            found[:, place] = [bucket(cell, column.buckets) for cell in rows[column.column]]
        return found

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "TableColumns":
        """Raises KeyError and TypeError when ``content`` is not what ``to_dict`` wrote."""
        return cls(
            numbers=tuple(map(str, content["numbers"])),
            flags=tuple(map(int, content["flags"])),
            categories=tuple(Category(str(kept["column"]), tuple(kept["values"])) for kept in content["categories"]),
            hashed=tuple(Hashed(str(kept["column"]), int(kept["buckets"])) for kept in content["hashed"]),
        )


@dataclass(frozen=True, slots=True)
class Understood:
    """The columns as they are read, and why others are not."""

    columns: TableColumns
    left_out: Mapping[str, Why]


def understand(train: pd.DataFrame, names: Sequence[str]) -> Understood:
    """How the columns ``names`` are to be read, from training rows alone."""
    numbers: list[str] = []
    categories: list[Category] = []
    hashed: list[Hashed] = []
    left_out: dict[str, Why] = {}
    for name in names:
        counts = train[name].str.strip().value_counts()
        filled = counts.drop("", errors="ignore")
        if len(counts) <= 1 or filled.empty:
            left_out[name] = "constant"
        elif _are_numbers(filled):
            if _counts_rows(train[name]):
                left_out[name] = "row numbers"
            else:
                numbers.append(name)
        elif format_of(filled.index.tolist()) is not None:
            left_out[name] = "dates"
        elif len(filled) > filled.sum() / 2 and len(filled) > 2:
            left_out[name] = "texts"
        elif len(filled) > MOST_VALUES:
            hashed.append(Hashed(name, MOST_VALUES))
        else:
            categories.append(Category(name, tuple(sorted(counts.index[counts >= OFTEN]))))
    flags = [place for place, name in enumerate(numbers) if np.isnan(amounts(train[name])).any()]
    return Understood(TableColumns(tuple(numbers), tuple(flags), tuple(categories), tuple(hashed)), left_out)


def amounts(cells: pd.Series) -> NDArray[np.float64]:
    """Each cell as a number, not-a-number where it holds none."""
    known: dict[str, float] = {}
    for cell in set(cells):
        value = number(cell)
        known[cell] = math.nan if value is None else value
    return np.asarray([known[cell] for cell in cells], dtype=np.float64)


def bucket(cell: str, buckets: int) -> int:
    """The bucket of a value, the same on every machine."""
    return zlib.crc32(cell.strip().encode("utf-8", "surrogatepass")) % buckets


def _are_numbers(filled: pd.Series) -> bool:
    """All, or nearly all of many: then the others are marks of missing numbers, such as "n/a"."""
    found = np.asarray([number(cell) is not None for cell in filled.index])
    share = filled.to_numpy()[found].sum() / filled.sum()
    return bool(share == 1 or (share >= MOSTLY and found.sum() > MANY))


def _counts_rows(cells: pd.Series) -> bool:
    """Does the column number the rows, from 0 or 1 on, or by its name?"""
    values = amounts(cells)
    if len(values) < MANY or np.isnan(values).any() or len(np.unique(values)) < len(values):
        return False
    from_start = values - cells.index.to_numpy(float)
    by_name = _ROW_NUMBERS.search(str(cells.name)) is not None and bool((values == np.rint(values)).all())
    return by_name or bool((from_start == from_start[0]).all() and from_start[0] in (0, 1))
