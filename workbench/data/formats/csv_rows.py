"""The strict pass over a text table: whole rows come out, every other row is tallied with its place and reason."""

import csv
from collections.abc import Iterator
from dataclasses import replace

from workbench.data.batches import Batch
from workbench.data.encoding import MARK
from workbench.data.formats import csv_batches
from workbench.data.formats.csv_dialect import reader
from workbench.data.formats.csv_layout import CsvLayout
from workbench.data.formats.csv_marks import Marks
from workbench.data.formats.csv_source import Lines, Source
from workbench.data.read_options import Problem
from workbench.data.tally import Reject, RowError, Tally
from workbench.settings import Limits

_TWICE = 'Inside a cell, write a quotation mark twice ("") instead of with a backslash (\\")'


class CsvRows:
    """Iterates once over the whole rows of a file, as (row, cells) or in batches; ``problems`` tells about the others.

    Rows are numbered as a spreadsheet does: the file's first line is row 1, blank lines count. Raises RowError
    at an unclosed quote, and at more cells than the limit.
    """

    def __init__(self, layout: CsvLayout, limits: Limits, reject: Reject | None = None) -> None:
        self.layout = layout
        self.limits = limits
        self.good = 0
        self.blank = 0
        self._marks = Marks(layout.columns if layout.options.header else None)
        self._row = 0
        self._line = 0
        self._most = limits.cells // max(1, len(layout.columns))
        self._tally = Tally(reject)
        self._one_extra = 0
        self._extra_empty = True

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        with Source(self.layout) as source:
            yield from self.strict(source)

    def batches(self) -> Iterator[Batch]:
        """The same rows by the thousand, most of them without this pass. Raises RowError."""
        return csv_batches.batches(self)

    def strict(self, source: Source, size: int | None = None) -> Iterator[tuple[int, list[str]]]:
        """The whole rows of the next ``size`` bytes and of what the last record among them still needs; None: of all.

        Header and lines before it are read in any case. Afterwards ``source`` stands at the beginning of a record.
        """
        lines = Lines(source, size)
        records = reader(lines, self.layout.options, strict=True)
        try:
            while size is None or lines.read < size or self._row + 1 < self.layout.first_row:
                lines.begin()
                start = records.line_num
                try:
                    cells = next(records)
                except StopIteration:
                    return
                except csv.Error as error:
                    self._row += 1
                    if records.line_num > start + 1 or "unexpected end" in str(error):
                        raise RowError(self._unclosed(lines.first, self._line + start + 1)) from None
                    if self._row >= self.layout.first_row:
                        self._stray_quote(lines.first)
                    continue
                self._row += 1
                if self._row >= self.layout.first_row and self._is_whole(cells, begins=lines.marked):
                    yield self._row, cells
        finally:
            self._line += records.line_num
            lines.close()

    def vouched(self, rows: int, lines: int) -> int | None:
        """Count rows that are known to be whole, on so many lines; the first one's number, or None at the limit."""
        if self.good + rows > self._most:
            return None
        first = self._row + 1
        self.good += rows
        self._row += rows
        self._line += lines
        return first

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with rows so far, each kind once."""
        if self._one_extra and not self.good and self._one_extra == self.left_out:
            return (self._every_row_one_extra(),)
        return self._tally.problems()

    @property
    def left_out(self) -> int:
        """How many rows are not whole."""
        return self._tally.count

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth saying about rows that are no problem."""
        blank = (f"Blank lines left out: {self.blank:,}.",) if self.blank else ()
        return (*blank, *self._marks.notes())

    def _is_whole(self, cells: list[str], *, begins: bool) -> bool:
        """Count the present row as whole, blank or wrong. Raises RowError at the limit of cells."""
        if not cells:
            self.blank += 1
            return False
        if self._marks.are_all(self._row, cells, begins=begins):
            return False
        if self._is_wrong(self._row, cells, len(self.layout.columns)):
            return False
        self.good += 1
        if self.good > self._most:
            raise RowError(self._too_many_cells(self._row))
        return True

    def _is_wrong(self, row: int, cells: list[str], width: int) -> bool:
        if len(cells) != width:
            self._wrong_width(row, cells, width)
            return True
        joined = "".join(cells)
        if len(joined) * 4 > self.limits.cell_bytes:  # a character has at most four bytes
            sizes = [len(cell.encode("utf-8", "surrogatepass")) for cell in cells]
            if max(sizes) > self.limits.cell_bytes:
                what = f"the cell has {max(sizes):,} bytes; the limit is {self.limits.cell_bytes:,}"
                self._add("CSV-14", row, cells, what, sizes.index(max(sizes)))
                return True
        if "\0" in joined:
            place = next(place for place, cell in enumerate(cells) if "\0" in cell)
            self._add("CSV-10", row, cells, "the cell holds a NUL character, which no text has", place)
            return True
        if MARK in joined:
            place = next(place for place, cell in enumerate(cells) if MARK in cell)
            self._add("CSV-03", row, cells, "the cell holds bytes that do not fit the encoding", place)
            return True
        return False

    def _wrong_width(self, row: int, cells: list[str], width: int) -> None:
        found = len(cells)
        if found < width:
            self._add("CSV-07", row, cells, f"missing value ({found} of {width} fields)", found)
            return
        self._one_extra += found == width + 1
        self._extra_empty &= not cells[-1].strip()
        self._add("CSV-09", row, cells, f"too many fields ({found} instead of {width})")

    def _add(
        self, code: str, row: int, cells: list[str], what: str, place: int | None = None, remedy: str = ""
    ) -> None:
        columns = self.layout.columns
        column = f', column "{columns[place]}"' if place is not None and place < len(columns) else ""
        self._tally.add(code, row, cells, what, f"{self.layout.name}, row {row}{column}", remedy)

    def _stray_quote(self, line: str) -> None:
        what = "text follows a closing quotation mark"
        self._add("CSV-11", self._row, self._leniently(line), what, remedy=_TWICE if self._escapes(line) else "")

    def _escapes(self, line: str) -> bool:
        """May a backslash stand before quotation marks in this line that are part of a cell?"""
        return '\\"' in line and not self.layout.options.backslash

    def _unclosed(self, line: str, number: int) -> Problem:
        row = self._row
        start = self._leniently(line) or [""]
        place = len(start) - 1
        columns = self.layout.columns
        column = f', column "{columns[place]}"' if place < len(columns) else ""
        options, escapes = self.layout.options, self._escapes(line)
        return Problem(
            level="error",
            code="CSV-11",
            where=f"{self.layout.name}, row {row}{column}",
            what=f"the quotation mark that opens here (line {number}) is never closed as it should be",
            remedy=f"{_TWICE}, or import so that a backslash makes a mark part of its cell."
            if escapes
            else "Close it in the file (inside a quoted cell, write a quotation mark twice), or import with "
            "quotation marks as ordinary characters.",
            fix=replace(options, backslash=True) if escapes else replace(options, quoting=False),
            fix_title='A backslash stands before marks in cells (\\")'
            if escapes
            else "Quotation marks are ordinary characters",
            rows=(row,),
        )

    def _leniently(self, line: str) -> list[str]:
        """The cells of one line, as far as they can be told apart."""
        return next(reader(iter([line]), self.layout.options, strict=False), [])

    def _too_many_cells(self, row: int) -> Problem:
        return Problem(
            level="error",
            code="CSV-18",
            where=f"{self.layout.name}, row {row}",
            what=f"the table has more than {self.limits.cells:,} cells",
            remedy="Keep only the columns and rows that are needed.",
        )

    def _every_row_one_extra(self) -> Problem:
        columns, options = self.layout.columns, self.layout.options
        entry = self._tally.entries["CSV-09"]
        width = len(columns)
        if self._extra_empty:
            names, why = (*columns, f"column_{width + 1}"), "each ends with a delimiter"
        else:
            names, why = ("column_1", *columns), "the first column may have no name"
        return Problem(
            level="error",
            code="CSV-08",
            where=f"{self.layout.name}, row {entry.rows[0]}",
            what=f"every row has one field more than the {'header' if options.header else 'first row'} "
            f"({width + 1} instead of {width}; {why})",
            remedy=f"Correct the header, or import with the names {', '.join(names)}.",
            fix=replace(options, names=names),
            fix_title=f"Name the columns {', '.join(names)}",
            count=entry.count,
            rows=tuple(entry.rows),
        )
