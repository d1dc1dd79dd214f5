"""Large files that come from the browser in pieces: staged under a name of ours, taken once they are whole."""

import re
import shutil
import uuid
from pathlib import Path

from workbench.errors import DataError, NotFound
from workbench.store.session import Store

PIECE = 8 << 20  # bytes that come at once
_ID = re.compile(r"[0-9a-f]{32}")
_STAGED = ".part"
_SPARE = 500_000_000  # bytes of the disk that an upload leaves free


def begin(store: Store, size: int) -> str:
    """Make room for a file of ``size`` bytes; its id. Raises DataError when it is too large for limit or disk."""
    limit = store.settings.limits.large_upload_bytes
    if not 0 < size <= limit:
        raise DataError(
            f"the file has {size:,} bytes; the limit is {limit:,}" if size else "the file is empty",
            remedy="Choose another file, or split it." if size else "Choose a file with rows.",
            code="FILE-LIMIT",
        )
    folder = store.settings.uploads
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if size + _SPARE > free:
        raise DataError(
            f"the disk of the workbench has {free // 10**6:,} MB left; the file needs {size // 10**6:,} MB",
            remedy="Make room on the disk, then try again.",
            code="FILE-52",
        )
    id = uuid.uuid4().hex
    _staged(store, id, size).touch()
    return id


def add(store: Store, id: str, offset: int, piece: bytes) -> int:
    """Write the piece that begins at ``offset``; the bytes that are there then. The last one makes the file whole.

    A piece that came before is written again, so that it may be sent twice. Raises NotFound, DataError.
    """
    staged = _find(store, id)
    size = int(staged.stem.partition("-")[2])
    there = staged.stat().st_size
    if offset > there or offset < 0 or offset + len(piece) > size:
        raise DataError(
            f"a piece of the file does not fit (bytes {offset:,} to {offset + len(piece):,}; {there:,} are here)",
            remedy="Choose the file again.",
            code="FILE-LIMIT",
        )
    with staged.open("r+b") as file:
        file.seek(offset)
        file.write(piece)
        file.truncate()
    if offset + len(piece) == size:
        staged.rename(store.settings.uploads / id)
    return offset + len(piece)


def cancel(store: Store, id: str) -> None:
    """Remove an upload, whole or not."""
    if _ID.fullmatch(id):
        for path in store.settings.uploads.glob(f"{id}*"):
            path.unlink(missing_ok=True)


def whole(store: Store, id: str) -> Path | None:
    """The file, once all of it is here."""
    path = store.settings.uploads / id
    return path if _ID.fullmatch(id) and path.is_file() else None


def _staged(store: Store, id: str, size: int) -> Path:
    return store.settings.uploads / f"{id}-{size}{_STAGED}"


def _find(store: Store, id: str) -> Path:
    found = next(store.settings.uploads.glob(f"{id}-*{_STAGED}"), None) if _ID.fullmatch(id) else None
    if found is None:
        raise NotFound("this upload is not known, or was given up", remedy="Choose the file again.")
    return found
