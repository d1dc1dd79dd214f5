"""How a text file is laid out as a table: its encoding, delimiter, header and columns; looked at, not yet read."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from workbench.data import encoding
from workbench.data.encoding_problem import unfit
from workbench.data.formats.csv_dialect import SAMPLE_ROWS, first_rows, reader, sniff_backslash, sniff_delimiter
from workbench.data.header import columns_of, looks_like_data, no_header
from workbench.data.preamble import above_header, left_out, rows_above_header
from workbench.data.read_options import DELIMITERS, Problem, ReadOptions
from workbench.errors import DataError
from workbench.settings import Limits

_SAMPLE = 1 << 18
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
    if options.delimiter is not None and (len(options.delimiter) != 1 or options.delimiter in '"\r\n\0'):
        raise DataError(
            f"'{options.delimiter}' cannot separate fields",
            where=name,
            remedy="Choose one character, such as a comma.",
            code="CSV-12",
        )
    sniffed, backslash = _sniff(sample, options)
    if backslash:
        options = replace(options, backslash=True)
        notes.append("A backslash stands before quotation marks that are part of a cell.")
    if options.delimiter is None:
        options = replace(options, delimiter=sniffed)
        if sniffed in sample:
            notes.append(f"Fields are separated by {_called(sniffed)}.")
    elif len(first_rows(sample, options, 1)[0]) == 1 and sniffed in sample and sniffed != options.delimiter:
        problems.append(_wrong_delimiter(name, options, sniffed))
    above = max(options.skip, int(bool(said)))  # the rows that are none of the table's
    start, first = next(_filled(records(path, options), 1, above), (above + 1, []))
    looked_at = reader(io.StringIO(sample, newline=""), options, strict=False)
    rows = list(islice(_filled(looked_at, 1 + bool(said), above), SAMPLE_ROWS)) or [(start, first)]
    if len(first) > limits.columns:
        raise DataError(
            f"the header names {len(first):,} columns; the limit is {limits.columns:,}",
            where=f"{name}, row {start}",
            remedy="Nothing was imported. Check the delimiter and the line ends, or keep only the columns needed.",
            code="CSV-13",
        )
    where, texts = f"{name}, row {start}", [cells for _, cells in rows]
    columns = columns_of("CSV", where, first, texts, options, problems, notes)
    if options.header and not options.names:
        if count := rows_above_header(rows):
            problems.append(above_header("CSV", where, count, *rows[count], options))
        elif looks_like_data(texts):
            problems.append(no_header("CSV", where, first, options))
    if options.skip:
        notes.append(left_out(options))
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


def _filled(rows: Iterable[list[str]], number: int, above: int) -> Iterator[tuple[int, list[str]]]:
    """The rows below ``above`` that are not blank, counted on from ``number``."""
    return ((row, cells) for row, cells in enumerate(rows, number) if cells and row > above)


def _sniff(sample: str, options: ReadOptions) -> tuple[str, bool]:
    """The delimiter that suits the sample, and whether a backslash makes a quotation mark part of its cell."""
    plain = sample.replace('\\"', "'")  # whatever the backslash means, this mark encloses nothing
    for marks in dict.fromkeys((plain, sample)):
        sniffed = sniff_delimiter(marks, quoting=options.quoting)
        read = replace(options, delimiter=options.delimiter or sniffed)
        if options.backslash or (
            options.backslash is None and sniff_backslash(sample, read, whole=len(sample) < _SAMPLE)
        ):
            return sniffed, options.quoting
    return sniffed, False


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
