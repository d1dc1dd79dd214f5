"""Many files that come as one: an archive or a folder, behind one shape, with the same checks."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from workbench.data.collections.entry_names import shown
from workbench.data.read_options import Problem
from workbench.errors import DataError
from workbench.settings import Limits

_CHUNK = 1 << 20


class Damaged(Exception):
    """Raised where one entry cannot be read whole; ``what`` says why. The others can still be used."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a collection: its name, with "/" between folders, and the place where the collection finds it."""

    name: str
    place: int


class Collection(Protocol):
    """Files under names that are all different and lead nowhere else, in the order of their names.

    ``code`` begins the codes of its problems; ``name`` is what people call it. ``ignored`` counts what file managers
    leave behind.
    """

    code: str
    name: str
    entries: tuple[Entry, ...]
    ignored: int
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The file's bytes, piece by piece. Raises Damaged, and DataError when there are too many altogether."""

    def path_of(self, entry: Entry) -> AbstractContextManager[Path]:
        """The file on disk; where it must be unpacked for that, it is gone after the block."""


def at(collection: Collection, entry: Entry) -> str:
    """Where an entry is found, for messages."""

    return f"{collection.name}, entry '{shown(entry.name)}'"


def read(collection: Collection, entry: Entry, limit: int) -> bytes:
    """The whole file in memory. Raises Damaged when it has more than ``limit`` bytes."""
    pieces: list[bytes] = []
    left = limit
    for chunk in collection.chunks(entry):
        left -= len(chunk)
        if left < 0:
            raise Damaged(f"it has more than {limit:,} bytes")
        pieces.append(chunk)
    return b"".join(pieces)


def start_of(collection: Collection, entry: Entry) -> bytes:
    """The file's first bytes, up to a megabyte; nothing when it cannot be read."""
    try:
        return next(collection.chunks(entry), b"")
    except Damaged:
        return b""


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """An open file's bytes in pieces of a megabyte."""
    while chunk := file.read(_CHUNK):
        yield chunk


def refuse_too_many(count: int, code: str, name: str, limits: Limits) -> None:
    if count > limits.archive_entries:
        raise DataError(
            f"it holds more than {limits.archive_entries:,} files",
            where=name,
            remedy="Nothing was imported. Split it, or raise the limit WORKBENCH_MAX_ARCHIVE_ENTRIES.",
            code=f"{code}-28",
        )
