"""Reading files in a child process with limits on time and memory: a hostile file may kill it, never the caller."""

import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from workbench.data.read_options import Preview, ReadOptions, Taken
from workbench.errors import DataError
from workbench.settings import ROOT, Limits

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is asked for: a preview, or, when a folder is given, the whole table in it."""

    path: Path
    name: str
    options: ReadOptions
    limits: Limits
    head: int = 50
    into: Path | None = None
    set_aside: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A DataError on its way between processes."""

    what: str
    where: str
    remedy: str
    code: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the child says; exactly one of the three is there."""

    preview: Preview | None = None
    taken: Taken | None = None
    refusal: Refusal | None = None


REQUEST = TypeAdapter(Request)
ANSWER = TypeAdapter(Answer)


def preview(path: Path, name: str, options: ReadOptions, limits: Limits, *, head: int = 50) -> Preview:
    """What the file would become. Raises DataError when it is no table at all, or when reading it takes too much."""
    answer = _ask(Request(path.absolute(), name, options, limits, head=head))
    assert answer.preview is not None
    return answer.preview


def take(path: Path, name: str, options: ReadOptions, limits: Limits, into: Path, *, set_aside: bool = False) -> Taken:
    """Read the file into the folder ``into`` (``reader.take``). Raises DataError."""
    answer = _ask(Request(path.absolute(), name, options, limits, into=into.absolute(), set_aside=set_aside))
    assert answer.taken is not None
    return answer.taken


def _ask(request: Request) -> Answer:
    if not request.path.exists():
        raise DataError("there is no such file or folder", where=request.name, remedy="Check the path.", code="FILE-00")
    command = [sys.executable, "-m", "workbench.data.child"]
    limits = request.limits
    try:
        done = subprocess.run(
            command,
            input=REQUEST.dump_json(request),
            capture_output=True,
            cwd=ROOT,
            env={**os.environ, **_ENVIRONMENT},
            timeout=limits.reader_seconds,
        )
    except subprocess.TimeoutExpired:
        raise _gave_up(request, f"reading it took more than {limits.reader_seconds:g} seconds") from None
    if done.returncode == 0:
        answer = ANSWER.validate_json(done.stdout)
        if answer.refusal is None:
            return answer
        found = answer.refusal
        raise DataError(found.what, where=found.where, remedy=found.remedy, code=found.code)
    log.error("The reader ended with %s: %s", done.returncode, done.stderr.decode(errors="replace")[-4000:])
    if done.returncode == OUT_OF_MEMORY or done.returncode < 0:
        megabytes = round(limits.reader_bytes / 10**6)
        raise _gave_up(request, f"reading it needs more memory than the limit of {megabytes:,} MB")
    raise _gave_up(request, "its content stopped the reader unexpectedly")


_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",  # numpy's threads would take memory and do nothing
    "OPENPYXL_DEFUSEDXML": "False",  # xlsx_container looks for entities first; the fast parser is then safe
}
OUT_OF_MEMORY = 3  # the child's exit status


def _gave_up(request: Request, what: str) -> DataError:
    return DataError(
        what,
        where=request.name,
        remedy="Nothing was imported. Keep only the columns and rows that are needed, or split the file.",
        code="FILE-LIMIT",
    )
