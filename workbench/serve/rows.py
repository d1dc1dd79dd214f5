"""Raw rows on their way to a model: checked, named, prepared as the training rows were."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.data.cells import written
from workbench.errors import DataError
from workbench.prepare import transforms
from workbench.prepare.transforms import Transform

IMAGE_BYTES = 30_000_000  # of an image as base64; a request may be smaller than that


@dataclass(frozen=True, slots=True)
class Schema:
    """What a model reads: ``columns`` maps an input role to the column of the original file, ``features`` are columns
    that are read under their own names, ``preparation`` is what preparation.json lists, and ``images`` are those of the
    columns that hold images."""

    columns: Mapping[str, str]
    preparation: tuple[Transform, ...]
    features: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[str, ...]:
        """All columns that a row must have."""
        return (*self.columns.values(), *self.features)


def from_records(records: Sequence[Any], schema: Schema, cell_bytes: int) -> pd.DataFrame:
    """A table of strings from JSON values. Raises DataError naming row and field of the first wrong value."""
    rows = []
    for number, record in enumerate(records):
        if not isinstance(record, Mapping):
            raise DataError(
                f"a row is an object of columns and values, not {type(record).__name__}",
                where=f"rows[{number}]",
                remedy=f"Send {{{_example(schema)}}}.",
                code="ROWS-01",
            )
        row = {}
        for column in schema.needed:
            if column not in record:
                raise DataError(
                    f"the column '{column}' is missing{_nearest(column, record)}",
                    where=f"rows[{number}]",
                    remedy=f"Send {{{_example(schema)}}}.",
                    code="ROWS-02",
                )
            most = max(cell_bytes, IMAGE_BYTES) if column in schema.images else cell_bytes
            row[column] = _cell(record[column], f"rows[{number}].{column}", most)
        rows.append(row)
    return pd.DataFrame(rows, columns=list(schema.needed), dtype=object)


def prepare(table: pd.DataFrame, schema: Schema, where: str = "") -> pd.DataFrame:
    """Role columns and features, prepared; the table's other columns are left out and its index is kept.

    Raises DataError naming ``where``, the column that is missing, and the nearest that is there.
    """
    missing = [column for column in schema.needed if column not in table.columns]
    if missing:
        raise DataError(
            f"the column '{missing[0]}' is missing{_nearest(missing[0], [str(name) for name in table.columns])}",
            where=where,
            remedy=f"The model reads: {', '.join(schema.needed)}. Name the columns as in its training data.",
            code="ROWS-02",
        )
    cells = pd.DataFrame({column: list(map(str, table[column])) for column in schema.needed}, table.index, dtype=object)
    prepared = transforms.apply(cells, schema.preparation)
    played = {column: role for role, column in schema.columns.items()}
    return prepared.rename(columns=played)


def _cell(value: Any, where: str, cell_bytes: int) -> str:
    if isinstance(value, (dict, list)):
        what = f"a value is a text or a number, not {'an object' if isinstance(value, dict) else 'a list'}"
        raise DataError(what, where=where, remedy="Send one text.", code="ROWS-03")
    text = written(value)
    if len(text.encode("utf-8", "surrogatepass")) > cell_bytes:
        what = f"the value is larger than {cell_bytes / 1e6:g} MB"
        raise DataError(what, where=where, remedy="Send a shorter text.", code="ROWS-04")
    return text


def _example(schema: Schema) -> str:
    return ", ".join(f'"{column}": "…"' for column in schema.needed)


def _nearest(column: str, given: Any) -> str:
    near = difflib.get_close_matches(column, [str(name) for name in given], n=1)
    return f" (did you mean '{near[0]}'?)" if near else ""
