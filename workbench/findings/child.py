"""The process that looks for findings: a request on standard input, lines of progress and an answer on the output."""

import contextlib
import json
import math
import sys
from pathlib import Path

from workbench.data import image_files, tables
from workbench.data.profiles import profile as profiles
from workbench.data.profiles.profile import TableProfile
from workbench.data.reader import PROFILE
from workbench.errors import DataError
from workbench.findings import catalogue, suspects
from workbench.findings.evidence import Evidence, Question
from workbench.findings.looking import LINE, OUT_OF_MEMORY, REQUEST, Line, Refusal, Request

_ROWS, _CELLS, _CHARACTERS = 300_000, 10_000_000, 50_000_000  # what a report needs a gigabyte for


def main() -> int:
    """Answer one request; the exit status tells when memory was not enough."""
    request = REQUEST.validate_json(sys.stdin.buffer.read())
    _limit_memory(request.limits.reader_bytes)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what a library prints is no answer
            answer = _answer(request)
    except MemoryError:
        return OUT_OF_MEMORY
    _say(answer)
    return 0


def evidence(folder: Path, question: Question) -> Evidence:
    """The table of a data version with its profile; of a large one so many rows, evenly taken, as fit into the limits.

    Raises DataError when the table cannot be read.
    """
    try:
        profile = profiles.from_dict(json.loads((folder / PROFILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        profile = profiles.profile_table(tables.read_table(folder))
    every = _thinning(profile)
    table = tables.read_table(folder, every=every)
    if every > 1:
        profile = profiles.profile_table(table)
    return Evidence(table, profile, question, folder / image_files.FOLDER)


def _thinning(profile: TableProfile) -> int:
    """Of how many rows one is looked at."""
    filled = [(profile.rows - column.missing, column.mean_length) for column in profile.columns]
    characters = sum(cells * length for cells, length in filled)
    cells = sum(cells for cells, _length in filled)
    return max(1, math.ceil(max(profile.rows / _ROWS, cells / _CELLS, characters / _CHARACTERS)))


def _answer(request: Request) -> Line:
    try:
        found = evidence(request.folder, request.question)
        if request.wanted == "report":
            return Line(report=catalogue.report(found, _progress))
        return Line(suspects=suspects.find(found, _progress))
    except DataError as error:
        if isinstance(error.__cause__, MemoryError):  # Arrow's, while the table was read
            raise error.__cause__ from None
        return Line(refusal=Refusal(error.what, error.where, error.remedy, error.code))


def _progress(share: float) -> None:
    _say(Line(done=share))


def _say(line: Line) -> None:
    assert sys.__stdout__ is not None
    sys.__stdout__.buffer.write(LINE.dump_json(line, exclude_defaults=True) + b"\n")
    sys.__stdout__.buffer.flush()


def _limit_memory(limit: int) -> None:
    """Bound what this process may allocate, where the system can (not on Windows)."""
    with contextlib.suppress(ImportError):
        import resource

        # Data and not address space: libraries reserve far more addresses than they ever use.
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    sys.exit(main())
