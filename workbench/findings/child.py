"""The process that looks for findings: a request on standard input, lines of progress and an answer on the output."""

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path

from workbench import errands
from workbench.data import image_files, tables
from workbench.data.profiles import profile as profiles
from workbench.data.profiles.profile import TableProfile
from workbench.data.reader import PROFILE
from workbench.findings import catalogue, suspects
from workbench.findings.evidence import Evidence, Question
from workbench.findings.looking import LINE, REQUEST, Line

_ROWS, _CELLS, _CHARACTERS = 300_000, 10_000_000, 50_000_000  # what a report needs a gigabyte for


def main() -> int:
    """Answer one request; the exit status tells when memory was not enough."""
    return errands.serve(_answer)


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


def _answer(line: bytes, say: Callable[[bytes], None]) -> None:
    request = REQUEST.validate_json(line)

    def tell(line: Line) -> None:
        say(LINE.dump_json(line, exclude_defaults=True))

    def progress(share: float) -> None:
        tell(Line(done=share))

    found = evidence(request.folder, request.question)
    if request.wanted == "report":
        tell(Line(report=catalogue.report(found, progress)))
    else:
        tell(Line(suspects=suspects.find(found, progress)))


if __name__ == "__main__":
    sys.exit(main())
