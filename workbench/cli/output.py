"""What the command line says: sentences for people, one JSON object for programs, a bar while one waits."""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from workbench.data.progress import Progress


class Output:
    """Text goes to standard output, bars to standard error; with ``as_json`` one object is all of standard output."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._bar = ""
        self._told = ("", 0.0)

    def say(self, text: str) -> None:
        """A line for people; programs do not get it."""
        self.clear()
        if not self.as_json:
            print(text, flush=True)  # noqa: T201

    def warn(self, text: str) -> None:
        """A line that is no result: on standard error."""
        self.clear()
        print(" ".join(text.split()), file=sys.stderr, flush=True)  # noqa: T201

    def result(self, content: dict[str, Any]) -> None:
        """The last line of standard output, for programs."""
        self.clear()
        if self.as_json:
            print(json.dumps(content, default=str), flush=True)  # noqa: T201

    def bar(self, text: str, share: float | None = None) -> None:
        """One line that is rewritten; where nobody watches a terminal, a line now and then."""
        shown = text if share is None else f"[{_blocks(share)}] {share:4.0%}  {text}"
        if sys.stderr.isatty():
            print(f"\r{shown:<{len(self._bar)}}", end="", file=sys.stderr, flush=True)  # noqa: T201
            self._bar = shown
        elif not self.as_json:
            self._sparingly(text, shown)

    def progress(self) -> Callable[[Progress], None] | None:
        """What shows how far an import is, if somebody watches a terminal."""
        return self._import_bar if sys.stderr.isatty() else None

    def clear(self) -> None:
        """Remove the bar, if there is one."""
        if self._bar:
            print(f"\r{'':<{len(self._bar)}}\r", end="", file=sys.stderr, flush=True)  # noqa: T201
            self._bar = ""

    def _import_bar(self, progress: Progress) -> None:
        left = f", {duration(progress.seconds_left)} left" if progress.seconds_left is not None else ""
        self.bar(f"{progress.rows:,} rows{left}", progress.done or None)

    def _sparingly(self, text: str, shown: str) -> None:
        kind, at = text.split(maxsplit=1)[0], time.monotonic()
        if kind != self._told[0] or at - self._told[1] > 10:
            self._told = (kind, at)
            print(shown, file=sys.stderr, flush=True)  # noqa: T201


def duration(seconds: float) -> str:
    """3725 as "1:02:05", 65 as "1:05"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def megabytes(size: int) -> str:
    """Bytes as people say them; MB = 10**6 bytes."""
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"


def _blocks(share: float, width: int = 24) -> str:
    full = round(min(max(share, 0.0), 1.0) * width)
    return "#" * full + "." * (width - full)
