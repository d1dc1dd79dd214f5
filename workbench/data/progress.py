"""How far the reading of a file has come, and how long it may still take."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_EVERY = 0.2  # seconds between two reports
_TELLING = 0.02  # a smaller share of the work says nothing about the rest
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Progress:
    """The share of the file that was read (0 to 1; 0 where it is not known), rows so far, seconds left if known."""

    done: float
    rows: int
    seconds_left: float | None


class Pace:
    """Turns "so much of the file, so many rows" into reports to ``tell``, a few a second."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._started = self._told = time.monotonic()

    def __call__(self, done: float, rows: int) -> None:
        now = time.monotonic()
        if now - self._told < _EVERY:
            return
        self._told = now
        left = (now - self._started) * (1 - done) / done if done > _TELLING else None
        self._tell(Progress(done, rows, left))


def count_lines(path: Path) -> int:
    """How many lines there are, roughly: blank ones and bytes that only look like a line's end count too."""
    with path.open("rb") as file:
        ends = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(_CHUNK), b""))
    return ends + 1
