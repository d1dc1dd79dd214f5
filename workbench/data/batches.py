"""Rows on their way into a table: some thousands at a time, as Arrow columns of strings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from workbench.data.layout import Layout, Rows

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 20_000
_CHARACTERS = 8 << 20


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole rows: their cells, their numbers (the first data row is 0), and how much of the file was read.

    ``done`` goes from 0 to 1, and stays 0 where it cannot be told.
    """

    cells: "pa.RecordBatch"
    numbers: NDArray[np.int64]
    done: float


@runtime_checkable
class Batched(Protocol):
    """Rows that come faster in batches than one by one."""

    def batches(self) -> Iterator[Batch]: ...


def batches(rows: Rows, layout: Layout) -> Iterator[Batch]:
    """All whole rows of a file, in order. Raises RowError."""
    if isinstance(rows, Batched):
        return rows.batches()
    expected = layout.expected

    def done() -> float:
        return min(1.0, (rows.good + rows.left_out) / expected) if expected else 0.0

    return gathered(rows, layout.columns, layout.first_row, done)


def gathered(
    rows: Iterable[tuple[int, list[str]]], columns: Sequence[str], first_row: int, done: Callable[[], float]
) -> Iterator[Batch]:
    """Rows that come one by one, put together; they are numbered as in the file, where ``first_row`` is row 0."""
    numbers: list[int] = []
    cells: list[list[str]] = []
    size = 0
    for number, row in rows:
        numbers.append(number - first_row)
        cells.append(row)
        size += sum(map(len, row))
        if len(cells) == _ROWS or size > _CHARACTERS:
            yield _batch(cells, numbers, columns, done())
            numbers, cells, size = [], [], 0
    if cells:
        yield _batch(cells, numbers, columns, done())


def _batch(cells: list[list[str]], numbers: list[int], columns: Sequence[str], done: float) -> Batch:
    import pyarrow as pa

    arrays = [pa.array(column, pa.string()) for column in zip(*cells, strict=True)]
    return Batch(pa.RecordBatch.from_arrays(arrays, names=list(columns)), np.array(numbers, np.int64), done)
