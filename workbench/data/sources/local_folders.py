"""Files that lie on this machine: offered from the folders that are allowed, and from nowhere else.

A path is resolved first, so that no link leads out; hidden folders and the store itself are never opened.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import DataError
from workbench.settings import Settings

_CODE = "FOLDER-75"
_SHOWN = 2_000  # entries of a folder


@dataclass(frozen=True, slots=True)
class Place:
    """A file with its size, or a folder (0 bytes), under the name by which people choose it."""

    path: Path
    name: str
    is_folder: bool
    bytes: int = 0


def roots(settings: Settings) -> tuple[Place, ...]:
    """The allowed folders that are there."""
    found = (folder.resolve() for folder in settings.folders if folder.is_dir())
    return tuple(Place(folder, str(folder), is_folder=True) for folder in dict.fromkeys(found))


def allowed(settings: Settings, path: Path) -> Path:
    """The file or folder that ``path`` leads to, links resolved. Raises DataError when it may not be opened."""
    try:
        real = path.expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise _refused("there is no such file or folder", path, "Check the path.") from None
    root = next((place.path for place in roots(settings) if real.is_relative_to(place.path)), None)
    if root is None:
        listed = ", ".join(place.name for place in roots(settings)) or "(there is none)"
        raise _refused(
            "the path is in none of the folders that are offered",
            path,
            f"Choose a file in {listed}, or name other folders with WORKBENCH_FOLDERS.",
        )
    if any(part.startswith(".") for part in real.relative_to(root).parts):
        raise _refused("hidden files and folders are not opened", path, "Copy the file to a folder that is not hidden.")
    home = settings.home.resolve()
    if real.is_relative_to(home) and not real.is_relative_to(settings.inbox.resolve()):
        raise _refused("the store's own files are not imported", path, f"Put the file into {settings.inbox}.")
    if not (real.is_file() or real.is_dir()) or not os.access(real, os.R_OK):
        raise _refused("this cannot be read", path, "Choose a file or a folder that you may read.")
    return real


def listing(settings: Settings, folder: Path, endings: Iterable[str]) -> tuple[Place, ...]:
    """The folders in ``folder``, then the files whose names end in one of ``endings``, by name. Raises DataError."""
    real, wanted = allowed(settings, folder), tuple(endings)
    try:
        names = sorted((path.name for path in real.iterdir()), key=str.casefold)[:_SHOWN]
    except OSError as error:
        raise _refused(f"the folder cannot be read ({error.strerror})", folder, "Choose another one.") from None
    found = [place for name in names if (place := _place(settings, real / name, wanted))]
    return tuple(sorted(found, key=lambda place: not place.is_folder))


def _place(settings: Settings, path: Path, endings: tuple[str, ...]) -> Place | None:
    try:
        real = allowed(settings, path)
    except DataError:
        return None
    if real.is_dir():
        return Place(real, path.name, is_folder=True)
    return Place(real, path.name, False, real.stat().st_size) if path.name.lower().endswith(endings) else None


def _refused(what: str, path: Path, remedy: str) -> DataError:
    return DataError(what, where=str(path)[:400], remedy=f"Nothing was imported. {remedy}", code=_CODE)
