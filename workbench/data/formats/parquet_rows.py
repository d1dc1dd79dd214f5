"""The rows of a Parquet file as text: a batch whose cells can all be kept at once, any other one row by row."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.data.batches import Batch, gathered
from workbench.data.cells import as_json, written
from workbench.data.read_options import Problem
from workbench.data.tally import Reject, RowError
from workbench.data.typed_rows import TypedRows
from workbench.settings import Limits

if TYPE_CHECKING:
    import pyarrow.parquet as pq

CODE = "PARQUET"
_ROWS = 20_000
_BYTES = 16 << 20


class ParquetRows:
    """Iterates once over the whole rows, as (row, cells) or in batches; rows are counted from 1."""

    def __init__(
        self, file: "pq.ParquetFile", name: str, columns: Sequence[str], limits: Limits, reject: Reject | None
    ) -> None:
        self._file = file
        self._name = name
        self._columns = columns
        self._limits = limits
        self._done = 0.0
        self._strict = TypedRows(CODE, columns, self._rows(), self._place, limits, reject)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return iter(self._strict)

    def batches(self) -> Iterator[Batch]:
        """The same rows by the thousand, straight from Arrow's columns. Raises RowError."""
        total = max(1, self._file.metadata.num_rows)
        for first, cells in self._cells():
            self._done = (first - 1 + cells.num_rows) / total
            if self._in_order(cells) and self._strict.vouched(cells.num_rows):
                yield Batch(cells, np.arange(first - 1, first - 1 + cells.num_rows), self._done)
            else:
                rows = self._strict.whole(_values(first, cells))
                yield from gathered(rows, self._columns, 1, lambda: self._done)

    @property
    def good(self) -> int:
        return self._strict.good

    @property
    def left_out(self) -> int:
        return self._strict.left_out

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._strict.problems

    @property
    def notes(self) -> tuple[str, ...]:
        return self._strict.notes

    def _rows(self) -> Iterator[tuple[int, Sequence[object]]]:
        for first, cells in self._cells():
            yield from _values(first, cells)

    def _cells(self) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Batches of cells as text, each with its first row's number.

        Raises RowError where the file is damaged or a column is no text.
        """
        row = 1
        batches = self._file.iter_batches(batch_size=_at_once(self._file))
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                table = pa.Table.from_batches([batch])
                while any(pa.types.is_struct(field.type) for field in table.schema):
                    table = table.flatten()
            except (pa.ArrowException, OSError, ValueError) as error:
                raise RowError(_unreadable(f"{self._name}, after row {row - 1}", error)) from None
            cells = []
            for place, column in enumerate(table.columns):
                try:
                    cells.append(_text(column))
                except (pa.ArrowException, ValueError, OverflowError) as error:
                    where = f'{self._name}, column "{self._columns[place]}", rows {row} to {row + len(column) - 1}'
                    raise RowError(_no_text(where, str(column.type), error)) from None
            yield row, pa.RecordBatch.from_arrays(cells, names=list(self._columns))
            row += len(batch)

    def _in_order(self, cells: pa.RecordBatch) -> bool:
        """Can every cell be kept as it is?"""
        for column in cells.columns:
            if len(column) and pc.max(pc.binary_length(column)).as_py() > self._limits.cell_bytes:
                return False
            if pc.any(pc.match_substring(column, "\0")).as_py():
                return False
        return True

    def _place(self, row: int, column: int | None) -> str:
        return f"{self._name}, row {row}" + ("" if column is None else f', column "{self._columns[column]}"')


def _at_once(file: "pq.ParquetFile") -> int:
    """So many rows that a batch of them fits into memory several times."""
    groups = file.metadata
    size: int = sum(groups.row_group(place).total_byte_size for place in range(groups.num_row_groups))
    rows: int = _BYTES * groups.num_rows // max(1, size)
    return max(1, min(_ROWS, rows))


def _values(first: int, cells: pa.RecordBatch) -> Iterator[tuple[int, Sequence[str]]]:
    columns = (column.to_pylist() for column in cells.columns)
    return enumerate(zip(*columns, strict=True), first)


def _text(column: pa.ChunkedArray) -> pa.Array:
    """The column's cells as text, empty where there is nothing. Raises ArrowException for what is no text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_nested(kind):
        return pa.array(["" if value is None else as_json(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_float64(kind) or pa.types.is_duration(kind):
        return pa.array(list(map(written, column.to_pylist())), pa.string())
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        text = pc.replace_substring(text, " ", "T", max_replacements=1)
        text = pc.replace_substring_regex(text, r"\.0+(Z|[+-]\d{4})?$", r"\1")  # no fraction where there is none
    text = pc.fill_null(text, "").combine_chunks()
    text.validate(full=True)  # a file may hold any bytes as texts
    return text


def _unreadable(where: str, error: Exception) -> Problem:
    return Problem(
        level="error",
        code=f"{CODE}-23",
        where=where,
        what=f"the file is damaged ({_first_line(error)})",
        remedy="Copy or download it again, or write it once more.",
    )


def _no_text(where: str, kind: str, error: Exception) -> Problem:
    return Problem(
        level="error",
        code=f"{CODE}-23",
        where=where,
        what=f"values of the type '{kind}' cannot be written as text ({_first_line(error)})",
        remedy="Save the table again with that column as text, or without it.",
    )


def _first_line(error: Exception) -> str:
    """The beginning of what a library says, which may be long."""
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
