"""Images of a data version: files named by the SHA-256 of their content, so that equal ones are one."""

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterable
from pathlib import Path

FOLDER = "images"
CELL = re.compile(r"([0-9a-f]{2})/(\1[0-9a-f]{62}\.(?:png|jpg))")  # what a cell of the column "image" holds


class ImageFiles:
    """Writes images below ``into``; without a folder it only names them. Several threads may share one."""

    def __init__(self, into: Path | None) -> None:
        self._folder = into / FOLDER if into else None
        self._kept: set[bytes] = set()
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many different images there are."""
        return len(self._kept)

    def keep(self, content: bytes, ending: str) -> str:
        """Store an image, once, and answer with its cell."""
        digest = hashlib.sha256(content)
        name = digest.hexdigest()
        with self._lock:
            known = digest.digest() in self._kept
            self._kept.add(digest.digest())
        if self._folder and not known:
            self._write(self._folder / name[:2], f"{name}{ending}", content)
        return f"{name[:2]}/{name}{ending}"

    def _write(self, folder: Path, name: str, content: bytes) -> None:
        try:
            (folder / name).write_bytes(content)
        except FileNotFoundError:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)


def file_of(folder: Path, cell: str) -> Path | None:
    """Where the image of a cell lies below a version's folder of images; None for what is no such cell."""
    return folder / cell if CELL.fullmatch(cell) else None


def link_images(from_folder: Path, to_folder: Path, cells: Iterable[str] | None = None) -> int:
    """Let the version made in ``to_folder`` share the images of the one in ``from_folder``; returns how many.

    ``cells`` are those that it still uses (all, if not given). Files become hard links, or copies where the file
    system has none: neither version can lose its images through the other.
    """
    source, target = from_folder / FOLDER, to_folder / FOLDER
    wanted = {path.relative_to(source).as_posix() for path in source.glob("??/*")} if cells is None else set(cells)
    linked = 0
    for cell in sorted(wanted):
        found, to = file_of(source, cell), file_of(target, cell)
        if found is None or to is None or to.exists():
            continue
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(found, to)
        except OSError:
            shutil.copyfile(found, to)
        linked += 1
    return linked
