"""Some images of a version as they lie there and as the preparation leaves them, small enough for a page."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.data import image_files
from workbench.prepare.images import of_column
from workbench.prepare.transforms import Transform
from workbench.recipe import Recipe
from workbench.services import datasets
from workbench.store.session import Store
from workbench.tasks.resolve import resolve

_SIDE = 256  # pixels, as shown


@dataclass(frozen=True, slots=True)
class Pair:
    """An image of a source ``row`` before and after as PNG files, at most 256 pixels wide and high; the sizes are
    (width, height) of the images themselves."""

    row: int
    before: bytes
    after: bytes
    size_before: tuple[int, int]
    size_after: tuple[int, int]


def pairs(store: Store, recipe: Recipe, version_id: str, limit: int = 6) -> list[Pair]:
    """Up to ``limit`` training images before and after; none when no step changes images.

    Raises what ``datasets.prepared`` raises.
    """
    roles = resolve(recipe).roles
    prepared = datasets.prepared(store, recipe, version_id)
    folder = datasets.images(store, version_id)
    role = roles.images[0] if roles.images else None
    made = of_column(prepared.transforms, roles.columns[role]) if role else ()
    if role is None or folder is None or not made:
        return []
    rows = prepared.split.train[role]
    chosen = rows.iloc[:: max(1, len(rows) // limit)].head(limit)
    found = ((int(str(row)), image_files.file_of(folder, cell)) for row, cell in chosen.items())
    return [_pair(row, path.read_bytes(), made) for row, path in found if path is not None and path.is_file()]


def _pair(row: int, content: bytes, made: Sequence[Transform]) -> Pair:
    from PIL import Image

    from workbench.prepare.image_functions import FUNCTIONS

    with Image.open(io.BytesIO(content)) as opened:
        before = opened.convert("L" if opened.mode == "L" else "RGB")
    after = before
    for transform in made:
        after = FUNCTIONS[transform.function](after, **transform.settings)
    small = []
    for image in (before, after):
        shown = image.copy()
        shown.thumbnail((_SIDE, _SIDE))
        file = io.BytesIO()
        shown.save(file, "PNG", compress_level=1)
        small.append(file.getvalue())
    return Pair(row, small[0], small[1], before.size, after.size)
