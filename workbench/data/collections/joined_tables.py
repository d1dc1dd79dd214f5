"""Tables of the same columns in several files, read one after the other; a further column says which file it was."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from workbench.data.layout import Layout, Rows
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject
from workbench.settings import Limits

FILE = "file"
_NOTED = 10  # files whose notes are told


class JoinedRows:
    """Iterates over the rows of all tables, numbered on and on from 1; ``files`` are their names in the last column."""

    def __init__(self, tables: Sequence[Layout], files: Sequence[str], limits: Limits, reject: Reject | None) -> None:
        self._tables = tables
        self._files = files
        self._limits = limits
        self._reject = reject
        self._read: list[Rows] = []
        self._last = 0  # number of the last row, whole or not

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for table, file in zip(self._tables, self._files, strict=True):
            before = self._last + 1 - table.first_row
            limits = replace(self._limits, cells=self._limits.cells - self.good * (len(table.columns) + 1))
            rows = table.rows(limits, self._rejected(before, file), None)
            self._read.append(rows)
            for number, cells in rows:
                self._last = before + number
                yield self._last, [*cells, file]

    def _rejected(self, before: int, file: str) -> Reject:
        def reject(number: int, reason: str, cells: list[str]) -> None:
            self._last = before + number
            if self._reject:
                self._reject(self._last, reason, [*cells, file])

        return reject

    @property
    def good(self) -> int:
        return sum(rows.good for rows in self._read)

    @property
    def left_out(self) -> int:
        return sum(rows.left_out for rows in self._read)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Each kind once, with the place of the first."""
        kinds: dict[str, Problem] = {}
        for problem in (problem for rows in self._read for problem in rows.problems):
            first = kinds.get(problem.code)
            kinds[problem.code] = replace(first, count=first.count + problem.count) if first else problem
        return tuple(kinds.values())

    @property
    def notes(self) -> tuple[str, ...]:
        noted = zip(self._files[:_NOTED], self._read, strict=False)
        return tuple(f"{file}: {note}" for file, rows in noted for note in rows.notes)


def layout(tables: Sequence[Layout], files: Sequence[str], name: str, options: ReadOptions) -> Layout:
    """One table of all; every one of ``tables`` has the columns of the first. Problems keep the file's name."""
    first = tables[0]

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> JoinedRows:
        return JoinedRows(tables, files, limits, reject)

    listed = f"{', '.join(files[:5])}{', …' if len(files) > 5 else ''}"
    told = zip(files[:_NOTED], tables, strict=False)
    return Layout(
        code=first.code,
        name=name,
        options=options,
        columns=(*first.columns, FILE),
        first_row=1,
        notes=(
            f"{len(files)} files are read one after the other; the column '{FILE}' says which ({listed}).",
            *(f"{file}: {note}" for file, table in told for note in table.notes),
        ),
        problems=tuple(problem for table in tables for problem in table.problems),
        rows=rows,
    )
