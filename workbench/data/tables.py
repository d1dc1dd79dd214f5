"""Tables on disk: Parquet, every cell a string, row numbers kept; and the hash that says two tables are the same."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from workbench.errors import DataError

if TYPE_CHECKING:  # the process that reads files has no use for pandas
    import pandas as pd

TABLE = "table.parquet"
_ROWS = b"workbench.rows"  # the schema's metadata name the column of row numbers under this key
_GROUP = 16 << 20  # bytes of cells in a row group
_COUNTED = "DELTA_BINARY_PACKED"  # numbers that count up take next to no room


class TableWriter:
    """Writes a table of string columns batch by batch, with the source row number of each row; hashes it meanwhile.

    Numbers never fall. When the block is left by an error, no file stays behind.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path = path
        self._columns = list(columns)
        self._rows = "row"
        while self._rows in columns:
            self._rows += "_"
        fields = [pa.field(name, pa.string()) for name in columns]
        self._schema = pa.schema([*fields, pa.field(self._rows, pa.int64())], {_ROWS: self._rows.encode()})
        self._hash = _Hash(columns)
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0

    def __enter__(self) -> Self:
        self._file = pq.ParquetWriter(
            self._path,
            self._schema,
            compression="zstd",
            use_dictionary=self._columns,
            column_encoding={self._rows: _COUNTED},
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if kind is None:
                self._write()
            self._file.close()
        except BaseException:
            self._path.unlink(missing_ok=True)
            raise
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def write(self, cells: pa.RecordBatch, numbers: NDArray[np.int64]) -> None:
        """Add rows; ``cells`` have the table's columns, in their order."""
        self._hash.update(cells, numbers)
        rows = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(numbers)])  # pa.array loads pandas
        self._waiting.append(pa.RecordBatch.from_arrays([*cells.columns, rows], schema=self._schema))
        self._bytes += cells.nbytes
        if self._bytes >= _GROUP:
            self._write()

    def sha256(self) -> str:
        """The ``content_hash`` of what was written. Call it after the block."""
        return self._hash.hexdigest(self._numbers())

    def _write(self) -> None:
        if self._waiting:
            whole = pa.Table.from_batches(self._waiting)
            self._file.write_table(whole, row_group_size=len(whole))
            self._waiting, self._bytes = [], 0

    def _numbers(self) -> Iterator[NDArray[np.int64]]:
        """The row numbers back from the file: kept in memory, those of many short rows would take too much."""
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(columns=[self._rows]):
                yield batch.column(0).to_numpy()


class _Hash:
    """SHA-256 of names, cells and row numbers, one batch after the other, however they are cut."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = [(name, hashlib.sha256(), hashlib.sha256()) for name in columns]
        self._rows = 0
        self._counting = True  # are the numbers so far 0, 1, 2, …? (They never fall, so the last tells.)

    def update(self, cells: pa.RecordBatch, numbers: NDArray[np.int64]) -> None:
        for (_, lengths, characters), column in zip(self._columns, cells.columns, strict=True):
            text = column.cast(pa.large_binary())
            lengths.update(pc.binary_length(text).to_numpy().tobytes())
            characters.update(_bytes_of(text))
        self._rows += len(cells)
        self._counting &= not len(numbers) or int(numbers[-1]) == self._rows - 1

    def hexdigest(self, numbers: Iterator[NDArray[np.int64]]) -> str:
        """The hash; ``numbers`` are those of all rows again, and only asked for where they do not simply count up."""
        whole = hashlib.sha256(str(self._rows).encode())
        for name, lengths, characters in self._columns:
            whole.update(name.encode() + b"\0" + lengths.digest() + characters.digest())
        if not self._counting:
            for some in numbers:
                whole.update(some.tobytes())
        return whole.hexdigest()


def write_table(path: Path, columns: pa.Table, rows: pa.Array) -> None:
    """Write string ``columns`` and the source row number of each row."""
    with TableWriter(path, columns.column_names) as writer:
        for cells, numbers in _cut(columns, rows):
            writer.write(cells, numbers)


def read_table(folder: Path, first: int | None = None, every: int = 1) -> "pd.DataFrame":
    """The table of a data version's folder, or only its ``first`` rows, or ``every`` so many: strings, indexed by
    source row.

    Raises DataError when it is damaged.
    """
    import pandas as pd

    path = folder / TABLE
    try:
        columns = _part(path, first, every)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"the table cannot be read ({str(error).splitlines()[0]})",
            where=str(path),
            remedy="The store's folder was damaged or changed; restore it from a backup, or import the file again.",
        ) from error
    name = (columns.schema.metadata or {}).get(_ROWS, b"").decode()
    if not name:
        return pd.DataFrame(columns.to_pandas())
    rows = columns.column(name).to_numpy()
    table = pd.DataFrame(columns.drop_columns(name).to_pandas())
    counting = len(rows) == 0 or (rows[0] == 0 and rows[-1] == len(rows) - 1)
    return table if counting else table.set_axis(pd.Index(rows))


def _part(path: Path, first: int | None, every: int) -> pa.Table:
    if every > 1:
        return _every(path, every)
    return pq.read_table(path) if first is None else _first(path, first)


def _first(path: Path, rows: int) -> pa.Table:
    """As many groups of rows as are needed, cut to ``rows``: a large table is not read whole for a look."""
    with pq.ParquetFile(path) as file:
        batches, found = [], 0
        for batch in file.iter_batches(batch_size=rows):
            batches.append(batch)
            found += batch.num_rows
            if found >= rows:
                break
        return pa.Table.from_batches(batches, file.schema_arrow).slice(0, rows)


def _every(path: Path, step: int) -> pa.Table:
    """The first of each ``step`` rows, with no more than a batch in memory besides."""
    with pq.ParquetFile(path) as file:
        batches, seen = [], 0
        for batch in file.iter_batches():
            batches.append(batch.take(pa.array(range(-seen % step, batch.num_rows, step), pa.int64())))
            seen += batch.num_rows
        return pa.Table.from_batches(batches, file.schema_arrow)


def content_hash(columns: pa.Table, rows: pa.Array) -> str:
    """SHA-256 of names, cells and row numbers, however the table is cut into chunks."""
    found = _Hash(columns.column_names)
    for cells, numbers in _cut(columns, rows):
        found.update(cells, numbers)
    return found.hexdigest(iter([rows.to_numpy()]))


def _cut(columns: pa.Table, rows: pa.Array) -> Iterator[tuple[pa.RecordBatch, NDArray[np.int64]]]:
    numbers, start = rows.to_numpy(), 0
    for cells in columns.to_batches():
        yield cells, numbers[start : start + len(cells)]
        start += len(cells)


def _bytes_of(text: pa.Array) -> memoryview:
    """The bytes of all cells of a large_binary array, one after the other, without a copy."""
    _, offsets, data = text.buffers()
    ends = memoryview(offsets).cast("q")
    return memoryview(data or b"")[ends[text.offset] : ends[text.offset + len(text)]]
