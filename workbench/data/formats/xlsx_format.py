"""Excel workbooks (.xlsx): one sheet becomes the table, after a survey that no cell can mislead."""

import datetime
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.data.cells import written
from workbench.data.formats.xlsx_container import is_office, refuse_others
from workbench.data.formats.xlsx_survey import BadCell, BadSheet, Stock, Survey, cell_name, cells, survey
from workbench.data.header import columns_of, looks_like_data, no_header
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.preamble import above_header, left_out, rows_above_header
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject, RowError
from workbench.data.typed_rows import Fault, TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

TITLE = "Excel workbook"
ENDINGS: tuple[str, ...] = (".xlsx",)
_CODE = "XLSX"
_ESCAPE = re.compile("_x(00[01][0-9A-Fa-f]|005[Ff])_")  # a character that XML cannot hold (ECMA-376, 22.9.2.19)
_MIDNIGHT = datetime.time()
_SAMPLE_ROWS = 200
_LISTED = 5
_COMPUTE = "Open the workbook in Excel or LibreOffice and save it, which computes its formulas"
_DAMAGE = (  # what openpyxl and the zip file raise when a part is not what it should be
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A sheet with what the survey found; ``where`` names file and sheet."""

    cells: "ReadOnlyWorksheet"
    found: Survey
    where: str
    fill_merged: bool

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Every row from the first, as values from the first column used to the last."""
        found = self.found
        spans = sorted(found.merged) if self.fill_merged else []
        filling: list[tuple[int, int, int, Any]] = []  # last row, columns, value
        source = self.cells.iter_rows(1, found.last_row, found.first_column, found.last_column)
        for row, line in enumerate(source, 1):
            values = [_value(cell) for cell in line]
            while spans and spans[0][0] <= row:
                _, bottom, left, right = spans.pop(0)
                if found.first_column <= left <= found.last_column:
                    filling.append((bottom, left, right, values[left - found.first_column]))
            filling = [one for one in filling if one[0] >= row]
            for _, left, right, value in filling:
                for column in range(left, min(right, found.last_column) + 1):
                    values[column - found.first_column] = value
            yield row, values

    def at(self, row: int, column: int | None) -> str:
        """A row, or the cell in the table's ``column`` counted from 0."""
        place = f"row {row}" if column is None else f"cell {cell_name(row, self.found.first_column + column)}"
        return f"{self.where}, {place}"


def fits(path: Path, start: bytes) -> bool:
    """Is it an Office file of any kind? (``inspect`` tells the kinds apart, and what to do with the others.)"""
    return is_office(path, start)


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
    """The sheet, its header and columns. Raises DataError for what is no plain workbook, and for damaged ones."""
    refuse_others(path, name)
    with _damage(name):
        book = _open(path)
        sheets = [sheet for sheet in book.worksheets if _is_filled(sheet)]
    if not sheets:
        raise DataError(
            "no sheet holds anything: no rows", where=name, remedy="Choose a file with rows.", code="XLSX-04"
        )
    part, problems = choose(_CODE, name, "sheet", [sheet.title for sheet in sheets], options)
    options = replace(options, part=part, encoding=None, delimiter=None)
    where = f'{name}, sheet "{part[:60]}"'
    with _damage(where):
        chosen = next(sheet for sheet in sheets if sheet.title == part)
        with chosen._get_source() as xml:  # openpyxl says nothing about formulas without values, nor merged cells
            found = survey(xml, Stock(len(chosen._shared_strings), len(book._cell_styles)))
        _refuse_far_cells(found, where, limits)
        sheet = _Sheet(chosen, found, where, options.fill_merged)
        chosen.reset_dimensions()  # a sheet may claim any size
        looked_at = islice(sheet.rows(), options.skip, options.skip + 10_000)
        sample = [(row, values) for row, values in looked_at if _filled(values)][:_SAMPLE_ROWS]
    return _layout(name, sheet, sample, options, list(problems), tuple(one.title for one in sheets), book)


def _layout(
    name: str,
    sheet: _Sheet,
    sample: Sequence[tuple[int, list[Any]]],
    options: ReadOptions,
    problems: list[Problem],
    parts: tuple[str, ...],
    book: "Workbook",
) -> Layout:
    start, first = sample[0] if sample else (1, [None])
    texts = [list(map(written, values)) for _, values in sample] or [[""]]
    notes: list[str] = []
    at = sheet.at(start, None)
    columns = columns_of(_CODE, at, list(map(written, first)), texts, options, problems, notes)
    begin = start  # of the table, where a title stands above it
    if options.header and not options.names:
        rows_of_texts = [(row, cells) for (row, _), cells in zip(sample, texts, strict=False)]
        if count := rows_above_header(rows_of_texts):
            begin = rows_of_texts[count][0]
            problems.append(above_header(_CODE, at, count, *rows_of_texts[count], options))
        elif looks_like_data(texts):
            problems.append(no_header(_CODE, at, texts[0], options))
    if options.skip:
        notes.append(left_out(options))
    first_row = start + options.header
    merged = [area for area in sheet.found.merged if area[1] >= begin]
    if merged and not options.fill_merged:
        problems.append(_merged(sheet, merged, options))
    unnamed = sorted(place for place in sheet.found.uncomputed if start <= place[0] < first_row)
    if unnamed:
        problems.append(_unnamed(sheet, unnamed[0]))

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> TypedRows:
        return TypedRows(_CODE, columns, _rows(sheet, first_row, book), sheet.at, limits, reject)

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=first_row,
        notes=(f"Sheet '{options.part}'.", *notes),
        problems=tuple(problems),
        rows=rows,
        headed=True,
        parts=parts,
        expected=sheet.found.last_row - first_row + 1,
    )


def _rows(sheet: _Sheet, first_row: int, book: "Workbook") -> Iterator[tuple[int, list[Any] | Fault | None]]:
    """The rows below the header; the workbook is closed after them."""
    places = sorted(sheet.found.uncomputed)
    named = f"{', '.join(cell_name(*place) for place in places[:_LISTED])}{', …' if len(places) > _LISTED else ''}"
    uncomputed = f"the formula has no stored value ({named}; {len(places):,} in the sheet)"
    bad = dict(reversed(places))  # the first such cell of each row
    row = first_row
    try:
        with _damage(sheet.where):
            for row, values in sheet.rows():
                if row < first_row:
                    continue
                if row in bad:
                    column = bad[row] - sheet.found.first_column
                    yield row, Fault("19", uncomputed, column, tuple(map(written, values)), _COMPUTE)
                else:
                    yield row, values if _filled(values) else None
    except DataError as error:
        remedy = error.remedy.removeprefix("Nothing was imported. ")
        raise RowError(Problem("error", error.code, f"{sheet.where}, after row {row}", error.what, remedy)) from None
    finally:
        book.close()


def _open(path: Path) -> "Workbook":
    from openpyxl import load_workbook

    # An open file, for openpyxl would judge a path by its ending. What formulas computed last is what people see.
    return load_workbook(path.open("rb"), read_only=True, data_only=True, keep_links=False)


def _is_filled(sheet: "ReadOnlyWorksheet") -> bool:
    """Does any cell hold a value or a formula?"""
    with sheet._get_source() as xml:
        return next(cells(xml, Survey()), None) is not None


def _filled(values: Sequence[object]) -> bool:
    return any(value is not None for value in values)


def _value(cell: Any) -> Any:
    """A cell's value as people see it: 00501 keeps its zeros, and a day without a time is a day; a time that is there
    but not shown is kept, since two moments of a day are not the same."""
    value = cell.value
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
    if isinstance(value, int) and not isinstance(value, bool):
        width = _zeros(cell.number_format)
        return f"{value:0{width}}" if width else value
    if isinstance(value, datetime.datetime) and not _has_time(cell.number_format) and value.time() == _MIDNIGHT:
        return value.date()
    return value


@cache
def _zeros(number_format: str) -> int:
    """00000 shows five digits."""
    return len(number_format) if re.fullmatch("00+", number_format) else 0


@cache
def _has_time(number_format: str) -> bool:
    return "h" in re.sub(r'"[^"]*"|\\.', "", number_format).lower()


def _refuse_far_cells(found: Survey, where: str, limits: Limits) -> None:
    """A cell far away makes a table of billions of cells; seen here, before any row is made."""
    width = found.last_column - found.first_column + 1
    if width > limits.columns:
        far, what, limit = (found.last_column_at, found.last_column), f"{width:,} columns", f"{limits.columns:,}"
        code = f"{_CODE}-13"
    elif width * found.last_row > limits.cells:
        far, what, limit = (found.last_row, found.last_row_at), f"{width * found.last_row:,} cells", f"{limits.cells:,}"
        code = f"{_CODE}-18"
    else:
        return
    raise DataError(
        f"with this cell the table would have {what}; the limit is {limit} (only {found.filled:,} are filled)",
        where=f"{where}, cell {cell_name(*far)}",
        remedy="Nothing was imported. Delete what lies far from the table, or keep only the rows that are needed.",
        code=code,
    )


def _unnamed(sheet: _Sheet, place: tuple[int, int]) -> Problem:
    return Problem(
        level="error",
        code=f"{_CODE}-19",
        where=f"{sheet.where}, cell {cell_name(*place)}",
        what="the formula that should name this column has no stored value",
        remedy=f"{_COMPUTE}.",
    )


def _merged(sheet: _Sheet, merged: Sequence[tuple[int, int, int, int]], options: ReadOptions) -> Problem:
    shown = [f"{cell_name(top, left)}:{cell_name(bottom, right)}" for top, bottom, left, right in sorted(merged)]
    others = f" ({len(shown):,} such areas: {', '.join(shown[:_LISTED])}{', …' if len(shown) > _LISTED else ''})"
    return Problem(
        level="error",
        code=f"{_CODE}-22",
        where=f"{sheet.where}, cells {shown[0]}",
        what=f"the cells are merged, so that only the first of them has a value{others if len(shown) > 1 else ''}",
        remedy="Unmerge them in the file, or import with the value in each of them.",
        fix=replace(options, fill_merged=True),
        fix_title="Put the value into each merged cell",
        count=len(shown),
    )


@contextmanager
def _damage(where: str) -> Iterator[None]:
    """Turn what a damaged or hostile part makes openpyxl raise into a DataError."""
    try:
        yield
    except DataError:
        raise
    except BadCell as error:
        raise _damaged(f"{where}, cell {error.cell}", error.what) from None
    except _DAMAGE as error:
        raise _damaged(where, _reason(error.__cause__ or error)) from None  # openpyxl wraps what it meets


def _damaged(where: str, what: str) -> DataError:
    return DataError(
        f"the workbook is damaged: {what}",
        where=where,
        remedy="Nothing was imported. Open it in Excel or LibreOffice, save it as .xlsx, and import that file.",
        code=f"{_CODE}-23",
    )


def _reason(error: BaseException) -> str:
    """In plain words what a reader stumbled over; what it says of its own insides would help nobody."""
    if isinstance(error, SyntaxError):  # of XML, whose parser names line and column
        return f"the XML in it breaks off or is none ({str(error)[:80]})"
    if isinstance(error, (zipfile.BadZipFile, zlib.error, EOFError, struct.error, OSError)):
        return "a part of it cannot be unpacked; it was cut off, or changed after it was written"
    if isinstance(error, LookupError):
        return "it refers to a part that is missing"
    if isinstance(error, BadSheet):
        return str(error)
    return "its parts do not hold what a workbook has"
