"""Augmented images drawn by a process of its own, since the steps need torch and the web process has none.

It starts when a page shows an image, which takes two to three seconds, then answers at once, and ends when nobody asked
for a while: a slider that is moved should not start torch anew each time.
"""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from workbench.errors import DataError
from workbench.settings import ROOT

SIZE = 192  # pixels of the longer side: enough to judge by, and little to draw
SECONDS = 60.0  # for one answer
IDLE_SECONDS = 60.0
_BYTES = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")


@dataclass(frozen=True, slots=True)
class Request:
    """An image, what is done to it, and the partner's image of every epoch: None where it is mixed with nobody."""

    image: Path
    row: int
    steps: tuple[dict[str, Any], ...]
    seed: int
    partners: tuple[Path | None, ...]
    size: int = SIZE


@checked(frozen=True, slots=True, config=_BYTES)
class Picture:
    """A JPEG file, and how much of the image itself is in it."""

    jpeg: bytes
    weight: float = 1.0


@checked(frozen=True, slots=True, config=_BYTES)
class Answer:
    """The image as it is, then as every epoch draws it; or why it cannot be drawn."""

    pictures: tuple[Picture, ...] = ()
    problem: str = ""


REQUEST = TypeAdapter(Request)
ANSWER = TypeAdapter(Answer)


def draws(
    image: Path, row: int, steps: Sequence[dict[str, Any]], seed: int, partners: Sequence[Path | None]
) -> tuple[Picture, ...]:
    """The image itself, then one version an epoch. Raises DataError when it cannot be drawn."""
    answer = _DRAWER.ask(Request(image.absolute(), row, tuple(steps), seed, tuple(partners)))
    if answer.problem:
        raise DataError(
            f"the versions of this image cannot be shown: {answer.problem}",
            where=image.name,
            remedy="Look at another row. If no image can be shown, see the log of the workbench.",
            code="AUGMENT-04",
        )
    return answer.pictures


def begin() -> None:
    """Start the process that draws, since somebody will soon ask for draws: it takes a while to load torch."""
    _DRAWER.begin()


class _Drawer:
    """The process, one for all sessions: a line in is a request, a line out its answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start it, unless it is there or somebody is just asking it."""
        if self._lock.acquire(blocking=False):
            try:
                self._running()
            finally:
                self._lock.release()

    def ask(self, request: Request) -> Answer:
        with self._lock:
            for _attempt in range(2):  # it may end, being idle, just when it is asked
                line = self._exchange(REQUEST.dump_json(request))
                if line:
                    return ANSWER.validate_json(line)
        return Answer(problem="the process that draws them ended, or took too long")

    def _exchange(self, request: bytes) -> bytes:
        """The answer's line; nothing when the process ended."""
        process = self._running()
        assert process.stdin and process.stdout
        watch = threading.Timer(SECONDS, process.kill)
        watch.start()
        line = b""
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(request + b"\n")
            process.stdin.flush()
            line = process.stdout.readline()
        watch.cancel()
        if not line:
            process.wait()
        return line

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = _start()
        return self._process


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "workbench.augment.preview"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )


_DRAWER = _Drawer()
