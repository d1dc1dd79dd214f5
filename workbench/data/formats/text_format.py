"""Plain text: every line is one row; told from a table by how evenly a delimiter would cut its lines."""

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from workbench.data import encoding
from workbench.data.encoding_problem import unfit
from workbench.data.formats.csv_dialect import reader, sniff_delimiter
from workbench.data.layout import Layout
from workbench.data.progress import count_lines
from workbench.data.read_options import LINES, ReadOptions
from workbench.data.record_columns import named
from workbench.data.tally import Reject
from workbench.data.typed_rows import TypedRows
from workbench.settings import Limits

TITLE = "plain text"
ENDINGS: tuple[str, ...] = (".txt", ".text", ".md")
COLUMN = "text"
_CODE = "TEXT"
_LOOKED_AT = 200  # lines that decide
_NAME = 40  # characters of a column's name at most
_EVEN = {True: 0.5, False: 0.8}  # how many lines are as wide as the first, below a line of names and below another
_ENDS = tuple(".!?;:。！？；：…\"'")


def fits(path: Path, start: bytes) -> bool:  # noqa: ARG001
    """Are these lines that no delimiter cuts evenly? Nothing at all, and bytes that are no text, are left to tables."""
    sample = beginning(start)
    return bool(sample.strip()) and "\0" not in sample and not _is_table(sample)


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:  # noqa: ARG001
    """The encoding; the only column is called ``text``. Raises DataError when an option cannot be."""
    settled = encoding.settle(path, name, options.encoding, _CODE)
    options = replace(options, encoding=settled.encoding, delimiter=LINES)
    columns, problems, notes = named(_CODE, name, [COLUMN], options)
    if settled.misfit and settled.misfit.encoding != settled.encoding:
        where = f"{name}, line {encoding.line_of(path, settled.misfit)}"
        problems.insert(0, unfit(_CODE, where, settled.misfit, options))

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> TypedRows:
        source = _lines(path, settled.encoding)
        return TypedRows(_CODE, columns, source, lambda row, _: f"{name}, line {row}", limits, reject, "line")

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=1,
        notes=(
            *settled.notes,
            f"Every line is one row, in the column '{columns[0]}'; if the lines are a table's, choose what separates "
            "its columns.",
            *notes,
        ),
        problems=tuple(problems),
        rows=rows,
        expected=count_lines(path),
    )


def beginning(start: bytes) -> str:
    """The first bytes of a file as text of whole lines, for looking around: no byte is refused."""
    encoded = encoding.by_mark(start)
    if encoded is None:
        wide = encoding.looks_like_utf16(start[:1000])
        encoded = encoding.suggest(start) if wide else "utf-8" if encoding.mostly_utf8(start) else "latin-1"
    text = io.IncrementalNewlineDecoder(None, translate=True).decode(start.decode(encoded, errors="replace"))
    whole, newline, rest = text.rpartition("\n")
    return whole + newline if whole.strip() and rest else text


def _is_table(sample: str) -> bool:
    delimiter = sniff_delimiter(sample)
    options = ReadOptions(delimiter=delimiter)
    rows = list(islice(filter(None, reader(io.StringIO(sample), options, strict=False)), _LOOKED_AT))
    first = rows[0] if rows else []
    if len(first) < 2:
        return False
    even = sum(len(row) == len(first) for row in rows) / len(rows)
    if delimiter == "," and _reads_on(rows) and (even < 1 or _are_sentences(rows)):
        return False
    return even >= _EVEN[delimiter == "\t" or _are_names(first)]


def _are_names(cells: list[str]) -> bool:
    """Could these be the names of columns? Short, no two alike, and no sentences."""
    return len({cell.strip() for cell in cells}) == len(cells) and all(
        cell.strip() and len(cell) <= _NAME and not cell.strip().endswith(_ENDS) for cell in cells
    )


def _reads_on(rows: list[list[str]]) -> bool:
    """Does a space follow most commas, as in a sentence?"""
    behind = [cell for row in rows for cell in row[1:]]
    return sum(cell.startswith(" ") for cell in behind) > 0.8 * len(behind)


def _are_sentences(rows: list[list[str]]) -> bool:
    """Do most lines end as a sentence does?"""
    return sum(row[-1].rstrip().endswith(_ENDS) for row in rows) > len(rows) / 2


def _lines(path: Path, encoded: str) -> Iterator[tuple[int, list[str] | None]]:
    with path.open(encoding=encoded, errors="workbench.mark") as file:
        for row, line in enumerate(file, 1):
            text = line.rstrip("\n")
            yield row, [text] if text.strip() else None
