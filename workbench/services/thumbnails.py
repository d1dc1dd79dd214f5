"""Small pictures of a version's images: made when they are first asked for, then kept within a bound."""

import itertools
import uuid
from pathlib import Path

from workbench.artefacts.room import make_room
from workbench.data import image_files, images
from workbench.errors import NotFound
from workbench.services import datasets
from workbench.store.session import Store

SIDES = (64, 96, 128, 192, 256, 384)  # pixels; few sizes, so that few pictures are kept
_ROOM = 200_000_000  # bytes
_EVERY = 500  # pictures after which room is made
_made = itertools.count()


def thumbnail(store: Store, version_id: str, cell: str, side: int = 96) -> Path:
    """A WebP of the image that a cell of the column ``image`` names, of the size in ``SIDES`` that is large enough.

    Raises NotFound for somebody else's version, and for what is no image of this one.
    """
    folder = datasets.images(store, version_id)
    source = image_files.file_of(folder, cell) if folder else None
    if source is None or not source.is_file():
        raise _missing()
    side = next((known for known in SIDES if known >= side), SIDES[-1])
    kept = store.settings.cache / "thumbnails"
    made = kept / f"{source.stem}-{side}.webp"
    if not made.exists():
        kept.mkdir(parents=True, exist_ok=True)
        _make(source, made, side, store.settings.limits.pixels)
        if next(_made) % _EVERY == 0:
            make_room(kept, _ROOM)
    return made


def _make(source: Path, to: Path, side: int, most_pixels: int) -> None:
    """Written beside and then renamed: two browsers may ask at once."""
    part = to.with_name(f".{to.name}.{uuid.uuid4().hex[:8]}")
    try:
        part.write_bytes(images.thumbnail(source.read_bytes(), side, most_pixels))
        part.replace(to)
    except images.Unfit as unfit:
        raise _missing(unfit.what) from None
    finally:
        part.unlink(missing_ok=True)


def _missing(what: str = "there is no such image in this data set") -> NotFound:
    return NotFound(what, remedy="Import the data again, or restore the store's folder from a backup.")
