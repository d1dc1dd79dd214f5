"""Errands: work for a process of its own, within limits on time and memory. It may die of them, its caller never.

The request is a line on its standard input, which stays open: the process ends when whoever asked has gone. What it
says, and at last why it refuses, are lines on its standard output.
"""

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workbench import errors
from workbench.errors import DataError, WorkbenchError
from workbench.settings import ROOT

log = logging.getLogger(__name__)
_OUT_OF_MEMORY = 3  # an exit status
_BEAT = 0.5  # seconds
_MAKING_SECONDS = 300.0
_SAID, _REFUSED = b"+", b"!"  # what a line begins with


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be done, and the words for when it takes too much.

    ``module`` is run by ``python -m`` and calls ``serve``. ``doing`` is the subject of "… took more than 60 seconds",
    ``where`` and ``remedy`` are those of the message. ``memory`` are bytes; ``scratch`` is where its folder for
    temporary files is made, which is removed after it, however it ends.
    """

    module: str
    doing: str
    where: str
    remedy: str
    seconds: float
    memory: int
    environment: Mapping[str, str] = field(default_factory=dict)
    scratch: Path | None = None


def run(
    errand: Errand,
    request: bytes,
    hear: Callable[[bytes], None] | None = None,
    beat: Callable[[], None] | None = None,
) -> None:
    """Have it done. ``hear`` gets each thing that is said, ``beat`` is called twice a second or more; both in this
    thread, and what they raise ends the process and is raised here.

    Raises the WorkbenchError that the process refuses with, and DataError when it takes too much or dies.
    """
    with (
        tempfile.TemporaryFile() as complaints,
        tempfile.TemporaryDirectory(dir=errand.scratch, prefix="errand-") as scratch,
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", errand.module, str(errand.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=ROOT,
            env={**os.environ, **errand.environment, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)},
        )
        with child:
            try:
                refusal = _listen(child, errand, request, hear, beat)
            except BaseException:
                child.kill()
                raise
        if child.returncode == 0:
            if refusal:
                raise _error(refusal)
            return
        complaints.seek(0)
        said = complaints.read().decode(errors="replace")[-4000:]
        log.error("%s ended with %s: %s", errand.module, child.returncode, said)
    if child.returncode == _OUT_OF_MEMORY or child.returncode < 0:
        limit = f"{round(errand.memory / 10**6):,} MB"
        raise _gave_up(errand, f"{errand.doing} needs more memory than the limit of {limit}")
    raise _gave_up(errand, f"{errand.doing} ended unexpectedly")


def serve(work: Callable[[bytes, Callable[[bytes], None]], None]) -> int:
    """In the process itself: do ``work(request, say)`` and return the exit status. What is said has no line breaks."""
    _limit_memory(int(sys.argv[1]))
    said = sys.stdout.buffer
    request = sys.stdin.buffer.readline()
    threading.Thread(target=_end_with_the_caller, name="caller", daemon=True).start()

    def say(line: bytes, kind: bytes = _SAID) -> None:
        said.write(kind + line + b"\n")
        said.flush()

    try:
        with contextlib.redirect_stdout(sys.stderr):  # what a library prints is no answer
            work(request, say)
    except MemoryError:
        return _OUT_OF_MEMORY
    except WorkbenchError as error:
        if isinstance(error.__cause__, MemoryError):
            return _OUT_OF_MEMORY
        fields = {"what": error.what, "where": error.where, "remedy": error.remedy, "code": error.code}
        say(json.dumps({"kind": type(error).__name__, **fields}).encode(), _REFUSED)
    return 0


def make(module: str, *words: str) -> str:
    """Let ``python -m MODULE WORDS`` write its files, within five minutes; "" or, in a line, why it could not."""
    command = [sys.executable, "-m", module, *words]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=_MAKING_SECONDS, check=False)
        if done.returncode == 0:
            return ""
        complaint = done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}"
    except subprocess.TimeoutExpired:
        complaint = f"it took more than {_MAKING_SECONDS:g} seconds"
    log.error("%s: %s", " ".join(command[2:]), complaint[-4000:])
    return complaint.splitlines()[-1][:200]


def _listen(
    child: "subprocess.Popen[bytes]",
    errand: Errand,
    request: bytes,
    hear: Callable[[bytes], None] | None,
    beat: Callable[[], None] | None,
) -> bytes | None:
    """Hand over the request and hear the process out; its refusal, if it says one. Raises DataError when late."""
    assert child.stdin is not None and child.stdout is not None
    with contextlib.suppress(BrokenPipeError):  # a process that is gone shows in its exit status
        child.stdin.write(request + b"\n")
        child.stdin.flush()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(child.stdout, lines), name=errand.module, daemon=True).start()
    deadline = time.monotonic() + errand.seconds
    refusal = None
    while True:
        try:
            line = lines.get(timeout=min(_BEAT, max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            if time.monotonic() >= deadline:
                raise _gave_up(errand, f"{errand.doing} took more than {errand.seconds:g} seconds") from None
        else:
            if not line:
                child.wait()
                return refusal
            if line.startswith(_REFUSED):
                refusal = line[1:]
            elif hear:
                hear(line[1:-1])
        if beat:
            beat()


def _pass_on(stdout: IO[bytes], lines: "queue.SimpleQueue[bytes]") -> None:
    """Put every whole line into the queue, and an empty one at the end."""
    with contextlib.suppress(ValueError):  # closed, because nobody listens any more
        for line in stdout:
            if line.endswith(b"\n"):  # else the process died while it spoke
                lines.put(line)
    lines.put(b"")


def _end_with_the_caller() -> None:
    """Wait until the caller's end of standard input is closed, which happens when it is gone."""
    while os.read(0, 1024):  # beneath sys.stdin, whose lock would be held when this process ends
        pass
    os._exit(1)


def _limit_memory(limit: int) -> None:
    """Bound what this process may allocate, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError):
        import resource

        # Data and not address space: libraries reserve far more addresses than they ever use.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _error(refusal: bytes) -> WorkbenchError:
    told = json.loads(refusal)
    kind: type[WorkbenchError] = getattr(errors, told.pop("kind"))
    return kind(**told)


def _gave_up(errand: Errand, what: str) -> DataError:
    return DataError(what, where=errand.where, remedy=errand.remedy, code="FILE-LIMIT")
