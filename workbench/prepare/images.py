"""Pictures as the preparation leaves them: kept by content, so that each is made once."""

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pandas as pd

from workbench.prepare.roles import Roles
from workbench.prepare.splits import Split
from workbench.prepare.transforms import IMAGE_FUNCTIONS, Transform

THREADS = 2  # Pillow frees the lock while it decodes and resizes


def of_column(transforms: Sequence[Transform], column: str) -> tuple[Transform, ...]:
    """The transforms that change the pictures of ``column``."""
    return tuple(one for one in transforms if one.column == column and one.function in IMAGE_FUNCTIONS)


def ready(
    split: Split,
    roles: Roles,
    transforms: Sequence[Transform],
    folder: Path,
    into: Path,
    done: Callable[[int], None] | None = None,
) -> Split:
    """The split with the path of a file in place of every cell that names an image of ``folder``: the image itself,
    or what ``transforms`` make of it, kept below ``into``."""
    columns = {role: of_column(transforms, roles.columns[role]) for role in roles.images}

    def located(rows: pd.DataFrame) -> pd.DataFrame:
        for role, changes in columns.items():
            paths = [folder / cell for cell in rows[role].tolist()]
            cells = [str(path) for path in prepared(paths, changes, into, done)]
            rows = rows.assign(**{role: pd.Series(cells, rows.index, dtype="str")})
        return rows

    return Split(located(split.train), located(split.validation), located(split.test))


def prepared(
    paths: Sequence[Path], transforms: Sequence[Transform], into: Path, done: Callable[[int], None] | None = None
) -> Iterator[Path]:
    """Each picture after all ``transforms``, as a PNG file below ``into`` that is made if it is not there yet; the
    pictures themselves without transforms. ``done`` is told how many are ready. Raises OSError for an unreadable one.
    """
    if not transforms:
        yield from paths
        return
    steps = hashlib.sha256(json.dumps([asdict(one) for one in transforms], sort_keys=True).encode()).hexdigest()[:16]
    folder = into / steps
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(THREADS) as pool:
        for count, path in enumerate(pool.map(partial(_made, transforms=transforms, folder=folder), paths), 1):
            if done and count % 100 == 0:
                done(count)
            yield path


def _made(path: Path, transforms: Sequence[Transform], folder: Path) -> Path:
    from PIL import Image

    from workbench.prepare.image_functions import FUNCTIONS

    target = folder / f"{hashlib.sha256(path.read_bytes()).hexdigest()}.png"
    if target.exists():
        return target
    with Image.open(path) as opened:
        image = opened.convert("L" if opened.mode == "L" else "RGB")
    for transform in transforms:
        image = FUNCTIONS[transform.function](image, **transform.settings)
    staged = target.with_name(f".{uuid.uuid4().hex}.part")
    image.save(staged, "PNG", compress_level=1)
    staged.replace(target)
    return target
