"""How a text file is laid out as a table: its encoding, delimiter, header and columns; looked at, not yet read."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data import encoding
from workbench.data.encoding_problem import unfit
from workbench.data.header import columns_of, looks_like_data, no_header
from workbench.data.read_options import DELIMITERS, Problem, ReadOptions
from workbench.errors import DataError
from workbench.settings import Limits

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

_SAMPLE = 1 << 18
_SAMPLE_ROWS = 200
_SAID = re.compile(r"\"?sep=([^\w\s\"]|\t)\"?[ ,;\t]*\r?\n")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """A text table whose every open question has an answer; ``problems`` hold those that were answered by a guess."""

    path: Path
    name: str
    options: ReadOptions  # encoding and delimiter are never None here
    columns: tuple[str, ...]
    first_row: int  # the row, as a spreadsheet counts, that is the table's row 0
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]

    def open(self) -> io.TextIOWrapper:
        """The file as text; bytes that do not fit its encoding appear as ``encoding.MARK``."""
        return self.path.open(encoding=self.options.encoding, errors="workbench.mark", newline="")


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> CsvLayout:
    """Find out what ``options`` leave open. ``name`` is what people call the file.

    Raises DataError when the file is empty, is not text at all, or when an option cannot be.
    """
    settled = encoding.settle(path, name, options.encoding, "CSV")
    options, notes, misfit = replace(options, encoding=settled.encoding), list(settled.notes), settled.misfit
    sample = _sample(path, options)
    if not sample.strip(encoding.MARK + " \t\r\n"):
        raise DataError("the file is empty: no rows", where=name, remedy="Choose a file with rows.", code="CSV-04")
    problems: list[Problem] = []
    said = _SAID.match(sample)  # a line by which some programs tell a spreadsheet how to read the file
    if said:
        sample = sample[said.end() :]
        options = replace(options, delimiter=options.delimiter or said[1])
        notes.append(f"The first line says that fields are separated by {_called(said[1])}.")
    sniffed = sniff_delimiter(sample, quoting=options.quoting)
    if options.delimiter is None:
        options = replace(options, delimiter=sniffed)
        if sniffed in sample:
            notes.append(f"Fields are separated by {_called(sniffed)}.")
    elif len(options.delimiter) != 1 or options.delimiter in '"\r\n\0':
        raise DataError(
            f"'{options.delimiter}' cannot separate fields",
            where=name,
            remedy="Choose one character, such as a comma.",
            code="CSV-12",
        )
    elif len(_first_rows(sample, options, 1)[0]) == 1 and sniffed in sample and sniffed != options.delimiter:
        problems.append(_wrong_delimiter(name, options, sniffed))
    start, first = next(
        ((row, cells) for row, cells in enumerate(records(path, options), 1) if cells and row > bool(said)), (1, [])
    )
    if len(first) > limits.columns:
        raise DataError(
            f"the header names {len(first):,} columns; the limit is {limits.columns:,}",
            where=f"{name}, row {start}",
            remedy="Nothing was imported. Check the delimiter and the line ends, or keep only the columns needed.",
            code="CSV-13",
        )
    rows = _first_rows(sample, options, _SAMPLE_ROWS)
    columns = columns_of("CSV", f"{name}, row {start}", first, rows, options, problems, notes)
    if options.header and not options.names and looks_like_data(rows):
        problems.append(no_header("CSV", f"{name}, row {start}", first, options))
    layout = CsvLayout(path, name, options, columns, start + options.header, tuple(notes), tuple(problems))
    if misfit is None:
        return layout
    return replace(layout, problems=(_misfit_problem(layout, misfit), *problems))


def records(path: Path, options: ReadOptions) -> Iterator[list[str]]:
    """The records of a file, blank ones too, read leniently: for looking around, not for importing."""
    with path.open(encoding=options.encoding, errors="workbench.mark", newline="") as file:
        try:
            yield from reader(file, options, strict=False)
        except csv.Error:
            return


def reader(lines: Iterator[str], options: ReadOptions, *, strict: bool) -> "CsvReader":
    """The standard library's reader with our options, and no limit of its own on the length of a cell."""
    csv.field_size_limit(2**31 - 1)
    delimiter = options.delimiter or ","
    if options.quoting:
        return csv.reader(lines, delimiter=delimiter, strict=strict)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=strict)


def sniff_delimiter(sample: str, *, quoting: bool = True) -> str:
    """The delimiter that cuts most rows of ``sample`` into as many fields as its first, at least two."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        rows = _first_rows(sample, ReadOptions(delimiter=delimiter, quoting=quoting), _SAMPLE_ROWS)
        width = len(rows[0])
        score = (round(sum(len(row) == width for row in rows) / len(rows), 2), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _misfit_problem(layout: CsvLayout, misfit: encoding.Misfit) -> Problem:
    row, column = _place_of_mark(layout, misfit.encoding)
    where = f'{layout.name}, row {row}, column "{column}", offset {misfit.offset}' if row else layout.name
    problem = unfit("CSV", where, misfit, layout.options)
    can_set_aside = problem.fix is None and row >= layout.first_row
    return replace(problem, can_set_aside=can_set_aside, rows=(row,) if row else ())


def _place_of_mark(layout: CsvLayout, decoded_as: str) -> tuple[int, str]:
    """Row and column of the first bytes that do not fit; (0, "") when it cannot be said."""
    for row, cells in enumerate(records(layout.path, replace(layout.options, encoding=decoded_as)), 1):
        for place, cell in enumerate(cells):
            if encoding.MARK in cell:
                return row, layout.columns[place] if place < len(layout.columns) else f"field {place + 1}"
    return 0, ""


def _sample(path: Path, options: ReadOptions) -> str:
    """The first lines of the file; the last is whole, unless it is very long."""
    with path.open(encoding=options.encoding, errors="workbench.mark", newline="") as file:
        text = file.read(_SAMPLE)
        return text + file.readline(_SAMPLE) if len(text) == _SAMPLE else text


def _first_rows(sample: str, options: ReadOptions, count: int) -> list[list[str]]:
    """Up to ``count`` rows of ``sample`` that are not blank; never empty."""
    rows = (cells for cells in reader(io.StringIO(sample, newline=""), options, strict=False) if cells)
    return list(islice(rows, count)) or [[""]]


def _wrong_delimiter(name: str, options: ReadOptions, sniffed: str) -> Problem:
    return Problem(
        level="error",
        code="CSV-12",
        where=f"{name}, row 1",
        what=f"with {_called(str(options.delimiter))} as delimiter there is only one column",
        remedy=f"The fields seem to be separated by {_called(sniffed)}: choose that.",
        fix=replace(options, delimiter=sniffed),
        fix_title=f"Separate at {_called(sniffed)}",
    )


def _called(delimiter: str) -> str:
    return DELIMITERS.get(delimiter, f"'{delimiter}'")
