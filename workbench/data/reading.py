"""Reading files in a child process with limits on time and memory: a hostile file may kill it, never the caller."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from workbench import errands
from workbench.artefacts import folders
from workbench.data.progress import Progress
from workbench.data.read_options import Preview, ReadOptions, Taken
from workbench.errands import Errand
from workbench.errors import DataError
from workbench.settings import Limits


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
class Answer:
    """What the child says, in one line; exactly one of the three is there. After any but progress it is silent."""

    progress: Progress | None = None
    preview: Preview | None = None
    taken: Taken | None = None


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
    errand = Errand(
        "workbench.data.child",
        "reading it",
        request.name,
        "Nothing was imported. Keep only the columns and rows that are needed, or split the file.",
        _patience(request),
        request.limits.reader_bytes,
        _ENVIRONMENT,
        request.into.parent if request.into else None,  # there is room for what it unpacks
    )
    latest, answer = Progress(0.0, 0, None), Answer()

    def hear(line: bytes) -> None:
        nonlocal latest, answer
        answer = ANSWER.validate_json(line)
        latest = answer.progress or latest

    errands.run(errand, REQUEST.dump_json(request), hear, (lambda: progress(latest)) if progress else None)
    return answer


def _patience(request: Request) -> float:
    """The seconds that reading may take: more for a large file, whose every row may have to be looked at one by one."""
    size = folders.size(request.path) if request.path.is_dir() else request.path.stat().st_size
    return request.limits.reader_seconds * max(1.0, size / _USUAL)


_ENVIRONMENT = {
    "MIMALLOC_ARENA_RESERVE": "64MiB",  # pyarrow's allocator reserves a gigabyte at once, which counts as used
    "OPENBLAS_NUM_THREADS": "1",  # numpy's threads would take memory and do nothing
    "OPENPYXL_DEFUSEDXML": "False",  # xlsx_container looks for entities first; the fast parser is then safe
}
_USUAL = 100_000_000  # bytes of a file that ``Limits.reader_seconds`` is meant for
