"""Tables on disk: Parquet, every cell a string, row numbers kept; and the hash that says two tables are the same."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from workbench.errors import DataError

if TYPE_CHECKING:  # the process that reads files has no use for pandas
    import pandas as pd

TABLE = "table.parquet"
_ROWS = b"workbench.rows"  # the schema's metadata name the column of row numbers under this key


def write_table(path: Path, columns: pa.Table, rows: pa.Array) -> None:
    """Write string ``columns`` and the source row number of each row (left out where they simply count up)."""
    if not _counts_up(rows):
        name = "row"
        while name in columns.column_names:
            name += "_"
        columns = columns.append_column(name, rows).replace_schema_metadata({_ROWS: name.encode()})
    pq.write_table(columns, path, compression="zstd")


def read_table(folder: Path) -> "pd.DataFrame":
    """The table of a data version's folder: strings, indexed by source row. Raises DataError when it is damaged."""
    import pandas as pd

    path = folder / TABLE
    try:
        columns = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"the table cannot be read ({str(error).splitlines()[0]})",
            where=str(path),
            remedy="The store's folder was damaged or changed; restore it from a backup, or import the file again.",
        ) from error
    name = (columns.schema.metadata or {}).get(_ROWS, b"").decode()
    if not name:
        return pd.DataFrame(columns.to_pandas())
    rows = pd.Index(columns.column(name).to_numpy())
    return pd.DataFrame(columns.drop_columns(name).to_pandas()).set_axis(rows)


def content_hash(columns: pa.Table, rows: pa.Array) -> str:
    """SHA-256 of names, cells and row numbers, however the table is cut into chunks."""
    whole = hashlib.sha256(str(columns.num_rows).encode())
    for name in columns.column_names:
        lengths, characters = hashlib.sha256(), hashlib.sha256()
        for chunk in columns.column(name).chunks:
            text = chunk.cast(pa.large_binary())
            lengths.update(pc.binary_length(text).to_numpy().tobytes())
            characters.update(_bytes_of(text))
        whole.update(name.encode() + b"\0" + lengths.digest() + characters.digest())
    if not _counts_up(rows):
        whole.update(rows.to_numpy().tobytes())
    return whole.hexdigest()


def _bytes_of(text: pa.Array) -> memoryview:
    """The bytes of all cells of a large_binary array, one after the other, without a copy."""
    _, offsets, data = text.buffers()
    ends = memoryview(offsets).cast("q")
    return memoryview(data or b"")[ends[text.offset] : ends[text.offset + len(text)]]


def _counts_up(rows: pa.Array) -> bool:
    """Are these the numbers 0, 1, 2, …? (They never fall, so first and last tell.)"""
    return len(rows) == 0 or (rows[0].as_py() == 0 and rows[-1].as_py() == len(rows) - 1)
