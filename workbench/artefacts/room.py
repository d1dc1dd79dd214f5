"""Caches stay within a size: what was not used for longest goes first."""

import shutil
import time
from pathlib import Path

from workbench.artefacts import folders

_ABANDONED = 86_400.0  # seconds after which nobody writes any more


def make_room(cache: Path, limit: int) -> None:
    """Delete the entries of ``cache`` (files or folders) that were not used for longest, until ``limit`` bytes remain.

    The newest entry stays, however large it is. A name that begins with a dot is still being written; it goes when
    its writer must have died.
    """
    found = []
    for path in cache.iterdir():
        try:
            size = folders.size(path) if path.is_dir() else path.stat().st_size
            found.append((path.stat().st_mtime, size, path))
        except FileNotFoundError:  # another process made room meanwhile
            continue
    total, newest = 0, True
    for used, size, path in sorted(found, reverse=True):
        if path.name.startswith("."):
            if time.time() - used > _ABANDONED:
                _remove(path)
            continue
        total += size
        if total > limit and not newest:
            _remove(path)
        newest = False


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
