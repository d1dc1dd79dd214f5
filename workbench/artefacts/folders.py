"""Folders that are either whole or absent: stage, fsync, manifest, rename.

The protocol: write into a staging folder on the same filesystem, fsync every file, write ``MANIFEST.json`` with
sizes and SHA-256, fsync the folder, rename it to its final name, fsync the parent. Only then does a row name it.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import ArtefactError, NoRoom

MANIFEST = "MANIFEST.json"
STAGING = ".staging"
ADDRESSED = re.compile(r"images/[0-9a-f]{2}/([0-9a-f]{64})\.[a-z]+")  # files named by the SHA-256 of their content
_MANY = 256  # files for which it pays to flush the whole disk first


@dataclass(frozen=True, slots=True)
class FileEntry:
    """Size in bytes and SHA-256 (hexadecimal) of one file."""

    size: int
    sha256: str


@contextmanager
def new_folder(root: Path, name: str) -> Iterator[Path]:
    """Yield a staging folder; when the block ends well it becomes ``root/name``, otherwise it is removed.

    Raises ArtefactError when ``root/name`` exists already or cannot be written, NoRoom when the disk is full.
    """
    final = root / name
    staged = root / STAGING / f"{name}-{uuid.uuid4().hex[:8]}"
    if final.exists():
        raise ArtefactError(f"the folder {final.name} exists already", remedy="Use another name.")
    staged.mkdir(parents=True)
    try:
        yield staged
        write_manifest(staged)
        staged.rename(final)
        _fsync(root)
    except OSError as error:
        raise (NoRoom if full(error) else ArtefactError)(
            f"the folder could not be written ({error.strerror or error})",
            where=str(root),
            remedy="Free some room on this disk, or move the store with WORKBENCH_HOME, and try again.",
        ) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def full(error: OSError) -> bool:
    """Whether ``error`` says that the disk, or one's share of it, is full; safetensors says it in words alone."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT) or f"os error {errno.ENOSPC}" in str(error)


def write_manifest(folder: Path) -> dict[str, FileEntry]:
    """fsync every file of ``folder`` and list them in its manifest. Returns the entries by relative name.

    A file whose name is its SHA-256 already (``images/``) is believed to be what its writer hashed.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    if len(paths) > _MANY and hasattr(os, "sync"):
        os.sync()  # one journey of the disk for all of them; each fsync then finds its file written
    entries = {}
    for path in paths:
        _fsync(path)
        name = path.relative_to(folder).as_posix()
        addressed = ADDRESSED.fullmatch(name)
        entries[name] = FileEntry(path.stat().st_size, addressed[1] if addressed else sha256(path))
    listing = {name: {"size": entry.size, "sha256": entry.sha256} for name, entry in entries.items()}
    (folder / MANIFEST).write_text(json.dumps({"version": 1, "files": listing}, indent=1), encoding="utf-8")
    _fsync(folder / MANIFEST)
    for inner in [path for path in folder.rglob("*") if path.is_dir()] + [folder]:
        _fsync(inner)
    return entries


def read_manifest(folder: Path) -> dict[str, FileEntry]:
    """The entries of the folder's manifest. Raises ArtefactError when it is missing or unreadable."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {name: FileEntry(int(entry["size"]), str(entry["sha256"])) for name, entry in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise ArtefactError(
            f"{MANIFEST} is missing or damaged",
            where=str(folder),
            remedy="The folder is incomplete; make it again.",
        ) from None


def verify(folder: Path, *, hashes: bool = True) -> dict[str, FileEntry]:
    """Check every listed file's size and (unless ``hashes`` is off) SHA-256.

    Raises ArtefactError naming the file with expected and actual bytes or hash.
    """
    entries = read_manifest(folder)
    for name, entry in entries.items():
        path = folder / name
        remedy = "The folder was damaged or changed; fetch or make it again."
        if folder.resolve() not in path.resolve().parents:
            raise ArtefactError(f"the manifest names {name}, outside the folder", where=str(folder), remedy=remedy)
        if not path.is_file():
            raise ArtefactError("the file is missing", where=str(path), remedy=remedy)
        size = path.stat().st_size
        if size != entry.size:
            what = f"expected {entry.size} bytes, found {size}"
            raise ArtefactError(what, where=str(path), remedy=remedy)
        if hashes and (found := sha256(path)) != entry.sha256:
            what = f"expected SHA-256 {entry.sha256[:16]}…, found {found[:16]}…"
            raise ArtefactError(what, where=str(path), remedy=remedy)
    return entries


def size(folder: Path) -> int:
    """Bytes in all files below ``folder``; 0 when there is none."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fsync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder for fsync
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
