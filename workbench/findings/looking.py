"""Looking for findings in a child process with limits on time and memory: nobody waits for it, or dies with it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from workbench import errands
from workbench.errands import Errand
from workbench.findings.evidence import Question
from workbench.findings.finding import Report, Suspects
from workbench.settings import Limits

Progress = Callable[[float], None]  # the share that is done
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
class Line:
    """What the child says, a line each: how far it is, and at last one of the others."""

    done: float | None = None
    report: Report | None = None
    suspects: Suspects | None = None


REQUEST = TypeAdapter(Request)
LINE = TypeAdapter(Line)


def ask(request: Request, progress: Progress) -> Line:
    """The child's answer. ``progress`` may raise: then the child is ended and the error passed on. Raises DataError."""
    errand = Errand(
        "workbench.findings.child",
        "looking through the rows",
        request.name,
        "Your data are unharmed and training works without this. Try it on fewer rows or columns, or raise "
        "WORKBENCH_MAX_READER_BYTES or WORKBENCH_MAX_READER_SECONDS.",
        request.limits.reader_seconds,
        request.limits.reader_bytes,
        _ENVIRONMENT,
    )
    answer = Line()

    def hear(line: bytes) -> None:
        nonlocal answer
        answer = LINE.validate_json(line)
        if answer.done is not None:
            progress(answer.done)

    errands.run(errand, REQUEST.dump_json(request), hear)
    return answer
