"""Looking for findings in a child process with limits on time and memory: nobody waits for it, or dies with it."""

import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from pydantic import TypeAdapter

from workbench.errors import DataError
from workbench.findings.evidence import Question
from workbench.findings.finding import Report, Suspects
from workbench.settings import ROOT, Limits

log = logging.getLogger(__name__)
Progress = Callable[[float], None]  # the share that is done
OUT_OF_MEMORY = 3  # the child's exit status
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # on a busy machine more threads wait for each other: 60 s instead of 3
    "OPENBLAS_NUM_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the usual one reserves a gigabyte, which counts against the limit
}


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is asked for, of the data version in ``folder``, which people call ``name``."""

    wanted: Literal["report", "suspects"]
    folder: Path
    name: str
    question: Question
    limits: Limits


@dataclass(frozen=True, slots=True)
class Refusal:
    """A DataError on its way between processes."""

    what: str
    where: str
    remedy: str
    code: str


@dataclass(frozen=True, slots=True)
class Line:
    """What the child says, a line each: how far it is, and at last one of the others."""

    done: float | None = None
    report: Report | None = None
    suspects: Suspects | None = None
    refusal: Refusal | None = None


REQUEST = TypeAdapter(Request)
LINE = TypeAdapter(Line)


def ask(request: Request, progress: Progress) -> Line:
    """The child's answer. ``progress`` may raise: then the child is ended and the error passed on. Raises DataError."""
    limits = request.limits
    command = [sys.executable, "-m", "workbench.findings.child"]
    environment = {**os.environ, **_ENVIRONMENT}
    started = time.monotonic()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=environment
    ) as child:
        complaints: list[bytes] = []
        watch = threading.Timer(limits.reader_seconds, child.kill)
        listen = threading.Thread(target=lambda: complaints.extend(child.stderr or ()), daemon=True)
        try:
            watch.start()
            listen.start()
            assert child.stdin is not None and child.stdout is not None
            with contextlib.suppress(BrokenPipeError), child.stdin:  # it may have ended; its status says why
                child.stdin.write(REQUEST.dump_json(request))
            answer = _listen(child.stdout, progress)
            status = child.wait()
        finally:
            watch.cancel()
            child.kill()
            listen.join()
    if answer is not None and status == 0:
        return _unless_refused(answer)
    log.error("Looking for findings ended with %s: %s", status, b"".join(complaints).decode(errors="replace")[-4000:])
    if time.monotonic() - started >= limits.reader_seconds:
        raise _gave_up(request, f"looking through the rows took more than {limits.reader_seconds:g} seconds")
    if status == OUT_OF_MEMORY or status < 0:
        megabytes = round(limits.reader_bytes / 10**6)
        raise _gave_up(request, f"looking through the rows needs more memory than the limit of {megabytes:,} MB")
    raise _gave_up(request, "looking through the rows stopped unexpectedly")


def _listen(said: IO[bytes], progress: Progress) -> Line | None:
    """The last line; those before say how far it is."""
    answer = None
    for text in said:
        answer = LINE.validate_json(text)
        if answer.done is not None:
            progress(answer.done)
    return answer if answer is not None and answer.done is None else None


def _unless_refused(answer: Line) -> Line:
    if answer.refusal is not None:
        found = answer.refusal
        raise DataError(found.what, where=found.where, remedy=found.remedy, code=found.code)
    return answer


def _gave_up(request: Request, what: str) -> DataError:
    return DataError(
        what,
        where=request.name,
        remedy="Your data are unharmed and training works without this. Try it on fewer rows or columns, or raise "
        "WORKBENCH_MAX_READER_BYTES or WORKBENCH_MAX_READER_SECONDS.",
        code="FILE-LIMIT",
    )
