"""The process that reads files: a request comes in, progress and one answer go out."""

import sys
from collections.abc import Callable

from workbench import errands
from workbench.data.progress import Pace
from workbench.data.reader import look, take
from workbench.data.reading import ANSWER, REQUEST, Answer
from workbench.errors import DataError


def main() -> int:
    """Answer one request; the exit status tells when memory was not enough."""
    return errands.serve(_answer)


def _answer(line: bytes, say: Callable[[bytes], None]) -> None:
    request = REQUEST.validate_json(line)

    def tell(answer: Answer) -> None:
        say(ANSWER.dump_json(answer))

    file = (request.path, request.name, request.options, request.limits)
    try:
        if request.into is None:
            tell(Answer(preview=look(*file, head=request.head)))
            return
        pace = Pace(lambda progress: tell(Answer(progress=progress)))
        tell(Answer(taken=take(*file, request.into, set_aside=request.set_aside, tell=pace)))
    except OSError as error:
        raise DataError(
            f"the file cannot be read, or its table not be written ({error.strerror or error})",
            where=request.name,
            remedy="Nothing was imported. Check that you may read the file and that the disk has room, then try again.",
            code="FILE-52",
        ) from error


if __name__ == "__main__":
    sys.exit(main())
