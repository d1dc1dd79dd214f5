"""Arrays that were computed once and are kept by content: memory-mapped when read, whole or absent."""

import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.artefacts.room import make_room

Arrays = Mapping[str, NDArray[Any]]
LIMIT = 4_000_000_000  # bytes; the features of 100,000 texts are 150 MB
_FOLDER = "arrays"


def kept(cache: Path, key: str, make: Callable[[], Arrays]) -> dict[str, NDArray[Any]]:
    """The arrays known under ``key``, made and written first if need be.

    A cache may be deleted at any time and is not fsynced: an array that cannot be read is made again.
    """
    found = read(cache, key)
    if found is None:
        found = dict(make())
        write(cache, key, found)
    return found


def read(cache: Path, key: str) -> dict[str, NDArray[Any]] | None:
    """The arrays under ``key``, memory-mapped; None when they are not there or cannot be read."""
    folder = cache / _FOLDER / key
    try:
        found = {path.stem: np.load(path, mmap_mode="r", allow_pickle=False) for path in sorted(folder.iterdir())}
        os.utime(folder)  # used now
        return found or None
    except (OSError, ValueError, EOFError):
        return None


def write(cache: Path, key: str, content: Arrays) -> None:
    """Keep ``content`` under ``key``; of two writers at once the first wins, and both wrote the same.

    What was not used for longest makes room. Arrays that are still mapped stay readable where the system allows it.
    """
    staged = _staged(cache, key)
    for name, array in content.items():
        np.save(staged / f"{name}.npy", array, allow_pickle=False)
    _keep(cache / _FOLDER, key, staged)


def fill(
    cache: Path, key: str, name: str, shape: tuple[int, ...], dtype: type, make: Callable[[NDArray[Any]], bool]
) -> bool:
    """Keep one array that is too large for memory: ``make`` fills it on disk, and nothing is kept when it answers
    False (or raises)."""
    staged = _staged(cache, key)
    try:
        array = np.lib.format.open_memmap(staged / f"{name}.npy", mode="w+", dtype=dtype, shape=shape)
        whole = make(array)
        array.flush()
        if whole:
            _keep(cache / _FOLDER, key, staged)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return whole


def _staged(cache: Path, key: str) -> Path:
    staged = cache / _FOLDER / f".{key}-{uuid.uuid4().hex[:8]}"
    staged.mkdir(parents=True)
    return staged


def _keep(cache: Path, key: str, staged: Path) -> None:
    try:
        shutil.rmtree(cache / key, ignore_errors=True)
        staged.rename(cache / key)
    except OSError:  # somebody else was quicker
        shutil.rmtree(staged, ignore_errors=True)
    make_room(cache, LIMIT)
