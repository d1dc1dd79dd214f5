"""A folder on this machine as a collection: plain files only, no link is followed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.data.collections import entry_names
from workbench.data.collections.collection import Damaged, Entry, at, pieces, refuse_too_many
from workbench.data.read_options import Problem
from workbench.errors import DataError
from workbench.settings import Limits

CODE = "FOLDER"


class Directory:
    """All files below a folder. Raises DataError for links and devices (case 27), and for too much (case 28)."""

    code = CODE

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self.name = name
        self._root = path
        self._limits = limits
        self._taken = 0
        found = list(self._walk())
        kept = sorted((shown, real) for shown, real in found if not entry_names.litter(shown))
        self.ignored = len(found) - len(kept)
        self.notes: tuple[str, ...] = ()
        self.problems: tuple[Problem, ...] = entry_names.alike([shown for shown, _ in kept], CODE, name)
        self.entries = tuple(Entry(shown, place) for place, (shown, _) in enumerate(kept))
        self._names = [real for _, real in kept]

    def chunks(self, entry: Entry) -> Iterator[bytes]:
        """The file's bytes. Raises Damaged when it cannot be read any more."""
        path = self._root / self._names[entry.place]
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
            with open(descriptor, "rb") as file:  # noqa: PTH123
                for chunk in pieces(file):
                    self._taken += len(chunk)
                    if self._taken > self._limits.archive_bytes:
                        raise self._too_large(at(self, entry))
                    yield chunk
        except OSError as error:
            raise Damaged(f"it cannot be read ({error.strerror or error})") from None

    @contextmanager
    def path_of(self, entry: Entry) -> Iterator[Path]:
        """The file where it lies."""
        yield self._root / self._names[entry.place]

    def _walk(self) -> Iterator[tuple[str, str]]:
        """Each file's name as people see it, and its path below the folder."""
        waiting, count, total = [self._root], 0, 0
        while waiting:
            folder = waiting.pop()
            with os.scandir(folder) as found:
                for item in found:
                    path = os.path.relpath(item.path, self._root)
                    shown = entry_names.tidy(path.replace(os.sep, "/"))
                    if item.is_dir(follow_symlinks=False):
                        waiting.append(Path(item.path))
                        continue
                    status = item.stat(follow_symlinks=False)
                    if not stat.S_ISREG(status.st_mode):
                        raise self._special(shown, stat.S_ISLNK(status.st_mode))
                    count, total = count + 1, total + status.st_size
                    refuse_too_many(count, CODE, self.name, self._limits)
                    if total > self._limits.archive_bytes:
                        raise self._too_large(self.name)
                    yield shown, path

    def _special(self, name: str, link: bool) -> DataError:
        return DataError(
            f"this is {'a symbolic link' if link else 'a device or another special file'}, not a file",
            where=f"{self.name}, file '{entry_names.shown(name)}'",
            remedy="Nothing was imported. Put the file itself there, or take the link away.",
            code=f"{CODE}-27",
        )

    def _too_large(self, where: str) -> DataError:
        return DataError(
            f"the folder holds more than {self._limits.archive_bytes / 1e9:g} GB",
            where=where,
            remedy="Nothing was imported. Take in a part of it, or raise the limit WORKBENCH_MAX_ARCHIVE_BYTES.",
            code=f"{CODE}-28",
        )
