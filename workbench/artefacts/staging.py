"""Folders in which something is being made, held by the process that makes it: what a dead one left is removed."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.artefacts.folders import STAGING

_HELD = "held-"


@contextmanager
def held_folder(root: Path) -> Iterator[Path]:
    """A new folder below ``root/.staging`` for this block; it goes with the block, or with the next one after a kill.

    The kernel's lock on the file beside it says that its maker lives: it falls with the process, whatever ends that.
    """
    staging = root / STAGING
    staging.mkdir(parents=True, exist_ok=True)
    sweep(staging)
    folder = staging / f"{_HELD}{uuid.uuid4().hex[:12]}"
    with FileLock(folder.with_suffix(".lock"), fallback_to_soft=False):
        folder.mkdir()
        try:
            yield folder
        finally:
            _remove(folder)


def sweep(staging: Path) -> int:
    """Remove the folders whose makers are gone; returns how many there were."""
    swept = 0
    for path in staging.glob(f"{_HELD}*.lock"):
        try:
            with FileLock(path, timeout=0, fallback_to_soft=False):
                swept += _remove(path.with_suffix(""))
        except Timeout:
            continue  # somebody is making it
    return swept


def _remove(folder: Path) -> bool:
    """Remove a folder, and then its lock; whether there was one."""
    there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():  # else the next sweep tries again
        folder.with_suffix(".lock").unlink(missing_ok=True)
    return there
