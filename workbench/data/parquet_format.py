"""Parquet: typed columns, written as text one batch of rows after the other; extension types stay unregistered."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.data.cells import as_json, written
from workbench.data.header import columns_of
from workbench.data.layout import Layout
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject, RowError
from workbench.data.typed_rows import TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

TITLE = "Parquet table"
ENDINGS: tuple[str, ...] = (".parquet", ".pq")
_CODE = "PARQUET"
_BATCH = 4096
_EXTENSION = b"ARROW:extension:name"


def fits(path: Path, start: bytes) -> bool:  # noqa: ARG001
    """Does the file begin with Parquet's mark?"""
    return start.startswith((b"PAR1", b"PARE"))


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
    """The columns, those in structures by "structure.column". Raises DataError when the file is damaged."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, arrow_extensions_enabled=False)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(name, error) from None
    found = next((field for field in map(_extended, schema) if field), None)
    if found:
        field, extension = found
        raise DataError(
            f"the type '{extension}' is an extension, whose values only the program that wrote it understands",
            where=f'{name}, column "{field}"',
            remedy="Nothing was imported. Save the table again with that column as text or numbers, or without it.",
            code=f"{_CODE}-23",
        )
    names = [leaf for field in schema for leaf in _leaves(field)]
    if not names or len(names) > limits.columns:
        raise DataError(
            f"the table has {len(names):,} columns; the limit is {limits.columns:,}" if names else "there are no rows",
            where=name,
            remedy="Nothing was imported. Keep only the columns that are needed."
            if names
            else "Choose a file with rows.",
            code=f"{_CODE}-13" if names else f"{_CODE}-04",
        )
    problems: list[Problem] = []
    notes: list[str] = []
    columns = columns_of(_CODE, name, names, [], replace(options, header=True), problems, notes)

    def place(row: int, column: int | None) -> str:
        return f"{name}, row {row}" + ("" if column is None else f', column "{columns[column]}"')

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> TypedRows:
        return TypedRows(_CODE, columns, _rows(file, name, columns), place, limits, reject)

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=1,
        notes=tuple(notes),
        problems=tuple(problems),
        rows=rows,
    )


def _rows(file: "pq.ParquetFile", name: str, columns: Sequence[str]) -> Iterator[tuple[int, Sequence[object]]]:
    """Every row by its number, counted from 1. Raises RowError where the file is damaged or a column is no text."""
    import pyarrow as pa

    row = 1
    batches = file.iter_batches(batch_size=_BATCH)
    while True:
        try:
            batch = next(batches, None)
            if batch is None:
                return
            table = pa.Table.from_batches([batch])
            while any(pa.types.is_struct(field.type) for field in table.schema):
                table = table.flatten()
        except (pa.ArrowException, OSError, ValueError) as error:
            raise RowError(_unreadable(f"{name}, after row {row - 1}", error)) from None
        cells = []
        for place, column in enumerate(table.columns):
            try:
                cells.append(_written(column))
            except (pa.ArrowException, ValueError, OverflowError) as error:
                where = f'{name}, column "{columns[place]}", rows {row} to {row + len(column) - 1}'
                raise RowError(_no_text(where, str(column.type), error)) from None
        for values in zip(*cells, strict=True):
            yield row, values
            row += 1


def _written(column: "pa.ChunkedArray") -> list[Any]:
    """The column's cells as text (None where there is nothing). Raises ArrowException for what is no text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_nested(kind):
        return [None if value is None else as_json(value) for value in column.to_pylist()]
    if pa.types.is_float64(kind) or pa.types.is_duration(kind):
        return [None if value is None else written(value) for value in column.to_pylist()]
    text = column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        text = pc.replace_substring(text, " ", "T", max_replacements=1)
        text = pc.replace_substring_regex(text, r"\.0+(Z|[+-]\d{4})?$", r"\1")  # no fraction where there is none
    cells: list[Any] = text.to_pylist()
    return cells


def _leaves(field: "pa.Field") -> list[str]:
    import pyarrow as pa

    if not pa.types.is_struct(field.type):
        return [field.name]
    return [f"{field.name}.{leaf}" for inner in field.type for leaf in _leaves(inner)]


def _extended(field: "pa.Field") -> tuple[str, str] | None:
    """The name and extension type of the field, or of one that lies in it."""
    import pyarrow as pa

    if isinstance(field.type, pa.BaseExtensionType):
        return field.name, field.type.extension_name
    if field.metadata and _EXTENSION in field.metadata:
        return field.name, field.metadata[_EXTENSION].decode("utf-8", "replace")
    inner = (field.type.field(place) for place in range(field.type.num_fields))
    found = next((one for one in map(_extended, inner) if one), None)
    return (f"{field.name}.{found[0]}", found[1]) if found else None


def _damaged(name: str, error: Exception) -> DataError:
    return DataError(
        f"the file is no whole Parquet table ({_first_line(error)})",
        where=name,
        remedy="Nothing was imported. It may have been cut off: copy or download it again, or write it once more.",
        code=f"{_CODE}-23",
    )


def _unreadable(where: str, error: Exception) -> Problem:
    return Problem(
        level="error",
        code=f"{_CODE}-23",
        where=where,
        what=f"the file is damaged ({_first_line(error)})",
        remedy="Copy or download it again, or write it once more.",
    )


def _no_text(where: str, kind: str, error: Exception) -> Problem:
    return Problem(
        level="error",
        code=f"{_CODE}-23",
        where=where,
        what=f"values of the type '{kind}' cannot be written as text ({_first_line(error)})",
        remedy="Save the table again with that column as text, or without it.",
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
