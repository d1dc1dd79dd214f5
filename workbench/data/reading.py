"""Reading files in a child process with limits on time and memory: a hostile file may kill it, never the caller."""

import contextlib
import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import TypeAdapter

from workbench.artefacts import folders
from workbench.data.progress import Progress
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
    """What the child says, in one line; exactly one of the four is there. After any but progress it is silent."""

    progress: Progress | None = None
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


def take(
    path: Path,
    name: str,
    options: ReadOptions,
    limits: Limits,
    into: Path,
    *,
    set_aside: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Taken:
    """Read the file into the folder ``into`` (``reader.take``). Raises DataError.

    ``progress`` is called in this thread, at least twice a second; what it raises ends the reading and is raised here.
    """
    request = Request(path.absolute(), name, options, limits, into=into.absolute(), set_aside=set_aside)
    answer = _ask(request, progress)
    assert answer.taken is not None
    return answer.taken


def _ask(request: Request, progress: Callable[[Progress], None] | None = None) -> Answer:
    if not request.path.exists():
        raise DataError("there is no such file or folder", where=request.name, remedy="Check the path.", code="FILE-00")
    if not request.path.is_file() and not request.path.is_dir():  # a pipe would never end
        what = "this is neither a file nor a folder"
        raise DataError(what, where=request.name, remedy="Nothing was imported. Choose a file.", code="FILE-27")
    beside = request.into.parent if request.into else None  # what the child unpacks goes, even when the child is killed
    with tempfile.TemporaryFile() as complaints, tempfile.TemporaryDirectory(dir=beside, prefix="reading-") as scratch:
        child = subprocess.Popen(
            [sys.executable, "-m", "workbench.data.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=ROOT,
            env={**os.environ, **_ENVIRONMENT, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)},
        )
        with child:
            try:
                answer = _listen(child, request, progress)
            except BaseException:
                child.kill()
                raise
        if child.returncode == 0 and answer is not None:
            if answer.refusal is None:
                return answer
            found = answer.refusal
            raise DataError(found.what, where=found.where, remedy=found.remedy, code=found.code)
        complaints.seek(0)
        log.error("The reader ended with %s: %s", child.returncode, complaints.read().decode(errors="replace")[-4000:])
    if child.returncode == OUT_OF_MEMORY or child.returncode < 0:
        megabytes = round(request.limits.reader_bytes / 10**6)
        raise _gave_up(request, f"reading it needs more memory than the limit of {megabytes:,} MB")
    raise _gave_up(request, "its content stopped the reader unexpectedly")


def _listen(
    child: "subprocess.Popen[bytes]", request: Request, progress: Callable[[Progress], None] | None
) -> Answer | None:
    """Hand over the request and hear the child out; None if it ends without an answer. Raises DataError when late."""
    assert child.stdin is not None and child.stdout is not None
    with contextlib.suppress(BrokenPipeError), child.stdin as stdin:  # a child that is gone shows in its exit status
        stdin.write(REQUEST.dump_json(request))
    said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_pass_on, args=(child.stdout, said), name="reader", daemon=True).start()
    seconds = _patience(request)
    deadline = time.monotonic() + seconds
    latest = Progress(0.0, 0, None)
    answer = None
    while True:
        try:
            line = said.get(timeout=min(_BEAT, max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            if time.monotonic() >= deadline:
                raise _gave_up(request, f"reading it took more than {seconds:g} seconds") from None
        else:
            if not line:
                child.wait()
                return answer
            heard = ANSWER.validate_json(line)
            if heard.progress:
                latest = heard.progress
            else:
                answer = heard
        if progress:
            progress(latest)


def _pass_on(stdout: IO[bytes], said: "queue.SimpleQueue[bytes]") -> None:
    """Put every line into the queue, and an empty one at the end."""
    with contextlib.suppress(ValueError):  # closed, because nobody listens any more
        for line in stdout:
            said.put(line)
    said.put(b"")


def _patience(request: Request) -> float:
    """The seconds that reading may take: more for a large file, whose every row may have to be looked at one by one."""
    size = folders.size(request.path) if request.path.is_dir() else request.path.stat().st_size
    return request.limits.reader_seconds * max(1.0, size / _USUAL)


_ENVIRONMENT = {
    "MIMALLOC_ARENA_RESERVE": "64MiB",  # pyarrow's allocator reserves a gigabyte at once, which counts as used
    "OPENBLAS_NUM_THREADS": "1",  # numpy's threads would take memory and do nothing
    "OPENPYXL_DEFUSEDXML": "False",  # xlsx_container looks for entities first; the fast parser is then safe
}
_BEAT = 0.5  # seconds in which ``progress`` is called at least once
_USUAL = 100_000_000  # bytes of a file that ``Limits.reader_seconds`` is meant for
OUT_OF_MEMORY = 3  # the child's exit status


def _gave_up(request: Request, what: str) -> DataError:
    return DataError(
        what,
        where=request.name,
        remedy="Nothing was imported. Keep only the columns and rows that are needed, or split the file.",
        code="FILE-LIMIT",
    )
