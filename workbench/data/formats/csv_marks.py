"""Marks of a file's end and beginning that stand in a text table: of old programs, and of files pasted together."""

from collections.abc import Sequence

_END = "\x1a"
_LISTED = 5


class Marks:
    """Counts the rows that are nothing but such marks; ``header`` is what a file pasted below may begin with."""

    def __init__(self, header: Sequence[str] | None) -> None:
        self._header = list(header) if header is not None else None
        self._ends = 0
        self._joints: list[int] = []
        self._repeated = 0

    def are_all(self, row: int, cells: Sequence[str], *, begins: bool) -> bool:
        """Is the row no data? ``begins`` says that a byte order mark stood before it."""
        if list(cells) == [_END]:
            self._ends += 1
            return True
        if not begins:
            return False
        if len(self._joints) <= _LISTED:
            self._joints.append(row)
        again = [cell.strip() for cell in cells] == self._header
        self._repeated += again
        return again

    def notes(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        ends = ("The mark of the end (0x1A) that old programs write was left out.",) if self._ends else ()
        if not self._joints:
            return ends
        listed = f"{', '.join(map(str, self._joints[:_LISTED]))}{', …' if len(self._joints) > _LISTED else ''}"
        again = f"; headers that come again were left out: {self._repeated:,}" if self._repeated else ""
        return (*ends, f"Files seem to be pasted together here: a byte order mark begins row {listed}{again}.")
