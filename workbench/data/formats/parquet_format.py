"""Parquet: typed columns, read as text; extension types stay unregistered."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.header import columns_of
from workbench.data.layout import Layout, Rows
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject
from workbench.errors import DataError
from workbench.settings import Limits

if TYPE_CHECKING:
    import pyarrow as pa

TITLE = "Parquet table"
ENDINGS: tuple[str, ...] = (".parquet", ".pq")
_CODE = "PARQUET"
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

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> Rows:
        from workbench.data.formats.parquet_rows import ParquetRows

        return ParquetRows(file, name, columns, limits, reject)

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
        f"the file is no whole Parquet table ({(str(error).splitlines() or [type(error).__name__])[0][:200]})",
        where=name,
        remedy="Nothing was imported. It may have been cut off: copy or download it again, or write it once more.",
        code=f"{_CODE}-23",
    )
