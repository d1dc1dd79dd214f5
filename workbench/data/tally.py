"""Rows that are not whole, counted by what is wrong with them; the first of each kind gives the place and the words."""

from collections.abc import Callable
from dataclasses import dataclass

from workbench.data.read_options import Problem

Reject = Callable[[int, str, list[str]], None]  # row, reason, cells as far as they could be told apart
_LISTED = 20


class RowError(Exception):
    """Raised at a row after which nothing could be trusted."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.what)


@dataclass(slots=True)
class Entry:
    """All rows that are wrong in one way; place and words are those of the first."""

    where: str
    what: str
    remedy: str
    rows: list[int]
    count: int = 0


class Tally:
    """Counts rows by the code of what is wrong; ``called`` is what people call a row of such a file ("line")."""

    def __init__(self, reject: Reject | None, called: str = "row") -> None:
        self.entries: dict[str, Entry] = {}
        self._reject = reject
        self._called = called

    @property
    def count(self) -> int:
        """How many rows are not whole."""
        return sum(entry.count for entry in self.entries.values())

    def add(self, code: str, row: int, cells: list[str], what: str, where: str, remedy: str = "") -> None:
        """Note one more row, and hand it to whoever keeps the rejected ones."""
        entry = self.entries.get(code)
        if entry is None:
            entry = self.entries[code] = Entry(where, what, remedy, [])
        entry.count += 1
        if len(entry.rows) < _LISTED:
            entry.rows.append(row)
        if self._reject:
            self._reject(row, what, cells)

    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with rows so far, each kind once."""
        return tuple(self._problem(code, entry) for code, entry in self.entries.items())

    def _problem(self, code: str, entry: Entry) -> Problem:
        others = entry.count - 1
        called = self._called
        listed = f"{', '.join(map(str, entry.rows))}{', …' if entry.count > len(entry.rows) else ''}"
        more = f" {called.capitalize()}s: {listed}." if others else ""
        remedy = entry.remedy or f"Fix the {called}{'s' if others else ''}"
        aside = f"set aside {entry.count:,} {called}s like it" if others else "set it aside"
        return Problem(
            level="error",
            code=code,
            where=entry.where,
            what=entry.what,
            remedy=f"{remedy}, or {aside}.{more}",
            can_set_aside=True,
            count=entry.count,
            rows=tuple(entry.rows),
        )
