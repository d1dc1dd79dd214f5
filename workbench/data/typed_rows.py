"""The strict pass over a file whose values have types: cells come out as text, rows that are not whole are tallied."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.data.cells import Mixture, written
from workbench.data.encoding import MARK
from workbench.data.read_options import Problem
from workbench.data.tally import Reject, RowError, Tally
from workbench.settings import Limits

_HALF = re.compile("[\ud800-\udfff]")  # a lone surrogate; MARK is one


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, said by the number of its case; ``column`` counts from 0."""

    case: str
    what: str
    column: int | None = None
    cells: tuple[str, ...] = ()
    remedy: str = ""


Source = Iterable[tuple[int, Sequence[object] | Fault | None]]  # each row's number and values; None is a blank row
Place = Callable[[int, int | None], str]  # where a row, or a cell in it, is found


class TypedRows:
    """Iterates over the whole rows of ``source`` as (row, cells); ``called`` is what people call a row of the file."""

    def __init__(
        self,
        code: str,
        columns: Sequence[str],
        source: Source,
        place: Place,
        limits: Limits,
        reject: Reject | None,
        called: str = "row",
    ) -> None:
        self.good = 0
        self.blank = 0
        self._code = code
        self._columns = columns
        self._source = source
        self._place = place
        self._limits = limits
        self._most = limits.cells // max(1, len(columns))
        self._called = called
        self._tally = Tally(reject, called)
        self._mixture = Mixture(columns)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return self.whole(self._source)

    def vouched(self, rows: int) -> bool:
        """Count rows that are known to be whole, if they do not exceed the limit of cells."""
        if self.good + rows > self._most:
            return False
        self.good += rows
        return True

    def whole(self, source: Source) -> Iterator[tuple[int, list[str]]]:
        """The whole rows among some of the file's. Raises RowError at the limit of cells."""
        for row, values in source:
            if values is None:
                self.blank += 1
                continue
            if isinstance(values, Fault):
                self._add(row, values)
                continue
            cells = list(map(written, values))
            fault = self._fault(cells)
            if fault:
                self._add(row, fault)
                continue
            self.good += 1
            if self.good > self._most:
                raise RowError(self._too_many(row))
            for column, (value, cell) in enumerate(zip(values, cells, strict=True)):
                self._mixture.add(row, column, value, cell)
            yield row, cells

    @property
    def left_out(self) -> int:
        """How many rows are not whole."""
        return self._tally.count

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with rows so far, each kind once."""
        return self._tally.problems()

    @property
    def notes(self) -> tuple[str, ...]:
        """Blank rows, and columns whose values are of several types."""
        blank = (f"Blank {self._called}s left out: {self.blank:,}.",) if self.blank else ()
        return (*blank, *self._mixture.notes(self._called))

    def _fault(self, cells: list[str]) -> Fault | None:
        """The first cell that cannot be kept as it is."""
        joined = "".join(cells)
        limit = self._limits.cell_bytes
        if len(joined) * 4 > limit:  # a character has at most four bytes
            sizes = [len(cell.encode("utf-8", "surrogatepass")) for cell in cells]
            if max(sizes) > limit:
                what = f"the cell has {max(sizes):,} bytes; the limit is {limit:,}"
                return Fault("14", what, sizes.index(max(sizes)), tuple(cells))
        if "\0" in joined:
            column = next(place for place, cell in enumerate(cells) if "\0" in cell)
            return Fault("10", "the cell holds a NUL character, which no text has", column, tuple(cells))
        if joined.isascii() or not _HALF.search(joined):
            return None
        for column, cell in enumerate(cells):
            if MARK in cell:
                return Fault("03", "the cell holds bytes that do not fit the encoding", column, tuple(cells))
            if _HALF.search(cell):
                return Fault("48", "the cell holds half a character (a lone surrogate)", column, tuple(cells))
        return None

    def _add(self, row: int, fault: Fault) -> None:
        cells = [_writable(cell) for cell in fault.cells]
        self._tally.add(
            f"{self._code}-{fault.case}", row, cells, fault.what, self._place(row, fault.column), fault.remedy
        )

    def _too_many(self, row: int) -> Problem:
        return Problem(
            level="error",
            code=f"{self._code}-18",
            where=self._place(row, None),
            what=f"the table has more than {self._limits.cells:,} cells",
            remedy="Keep only the columns and rows that are needed.",
        )


def _writable(cell: str) -> str:
    """The cell without what no file of rejects could hold; an undecoded byte stays marked."""
    return cell.replace(MARK, "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
