"""The process that reads files: a request on standard input, progress and one answer as lines on standard output."""

import contextlib
import sys

from workbench.data.progress import Pace
from workbench.data.reader import look, take
from workbench.data.reading import ANSWER, OUT_OF_MEMORY, REQUEST, Answer, Refusal, Request
from workbench.errors import DataError


def main() -> int:
    """Answer one request; the exit status tells when memory was not enough."""
    request = REQUEST.validate_json(sys.stdin.buffer.read())
    limit_memory(request.limits.reader_bytes)
    try:
        answer = _answer(request)
    except MemoryError:
        return OUT_OF_MEMORY
    _say(answer)
    return 0


def _say(answer: Answer) -> None:
    """Write one line; an error here means that the one who asked is gone."""
    sys.stdout.buffer.write(ANSWER.dump_json(answer) + b"\n")
    sys.stdout.buffer.flush()


def _answer(request: Request) -> Answer:
    try:
        if request.into is None:
            found = look(request.path, request.name, request.options, request.limits, head=request.head)
            return Answer(preview=found)
        taken = take(
            request.path,
            request.name,
            request.options,
            request.limits,
            request.into,
            set_aside=request.set_aside,
            tell=Pace(lambda progress: _say(Answer(progress=progress))),
        )
        return Answer(taken=taken)
    except DataError as error:
        return Answer(refusal=Refusal(error.what, error.where, error.remedy, error.code))
    except OSError as error:
        what = f"the file cannot be read, or its table not be written ({error.strerror or error})"
        remedy = "Nothing was imported. Check that you may read the file and that the disk has room, then try again."
        return Answer(refusal=Refusal(what, request.name, remedy, "FILE-52"))


def limit_memory(limit: int) -> None:
    """Bound what this process may allocate, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError):
        import resource

        # Data and not address space: libraries reserve far more addresses than they ever use.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
