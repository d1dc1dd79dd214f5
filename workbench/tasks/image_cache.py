"""The images of one part, decoded once for all epochs: kept by content, memory-mapped, looked at in any order."""

import hashlib
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.artefacts import arrays
from workbench.tasks.image_pixels import FORMAT, square
from workbench.training.problem import Reporter

THREADS = 2  # Pillow frees the lock while it decodes
AT_ONCE = 64  # images that a thread decodes in a row: handing over tiny ones singly takes longer than decoding them
MOST_BYTES = arrays.LIMIT // 2  # of one part; more is decoded when it is needed


@dataclass(frozen=True, slots=True)
class Pictures:
    """Image files as squares of ``side`` pixels. ``name`` hangs on their content; ``channels`` is 1 where all are grey.

    ``kept`` are the decoded ones, (images, side, side, channels); None where they are decoded again each time.
    """

    paths: tuple[str, ...]
    side: int
    channels: int
    name: str
    kept: NDArray[np.uint8] | None

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, rows: Sequence[int]) -> NDArray[np.uint8]:
        """Some of them, (rows, side, side, channels)."""
        if self.kept is not None:
            return self.kept[list(rows)]
        return np.stack([square(Path(self.paths[row]), self.side, self.channels) for row in rows])


def pictures(
    paths: Sequence[str], side: int, cache: Path, reporter: Reporter | None = None, channels: int | None = None
) -> Pictures | None:
    """The images in files; None when a pause or cancel cut their decoding short. They are made grey or colour where
    ``channels`` says so (1 or 3). Raises OSError for a file that is not there or no image."""
    name, grey = _content(paths)
    channels = channels or (1 if grey else 3)
    key = f"pixels-{hashlib.sha256(repr((FORMAT, side, channels, name)).encode()).hexdigest()[:32]}"
    shape = (len(paths), side, side, channels)
    found = None
    if paths and np.prod(shape) <= MOST_BYTES:
        found = arrays.read(cache, key)
        if found is None:
            decode = partial(_decode, paths, side=side, channels=channels, reporter=reporter)
            if not arrays.fill(cache, key, "pixels", shape, np.uint8, decode):
                return None
            found = arrays.read(cache, key)
    return Pictures(tuple(paths), side, channels, key, found["pixels"] if found else None)


def all_grey(paths: Sequence[str]) -> bool:
    """Whether no image has colours, as far as their headers tell. Raises OSError as ``pictures`` does."""
    from PIL import Image

    for path in paths:
        with Image.open(path) as opened:
            if opened.mode != "L":
                return False
    return True


def _content(paths: Sequence[str]) -> tuple[str, bool]:
    """What all files together hold, and whether all are grey; headers tell that."""
    from PIL import Image

    key, grey = hashlib.sha256(), True
    for path in paths:
        content = Path(path).read_bytes()
        key.update(hashlib.sha256(content).digest())
        if grey:
            with Image.open(io.BytesIO(content)) as opened:
                grey = opened.mode == "L"
    return key.hexdigest(), grey


def _decode(
    paths: Sequence[str], into: NDArray[np.uint8], *, side: int, channels: int, reporter: Reporter | None
) -> bool:
    """Fill ``into``; False when somebody asked to end meanwhile."""

    def some(start: int) -> None:
        for row in range(start, min(start + AT_ONCE, len(paths))):
            into[row] = square(Path(paths[row]), side, channels)

    with ThreadPoolExecutor(THREADS) as pool:
        starts = range(0, len(paths), AT_ONCE)
        for block in range(0, len(starts), THREADS):
            list(pool.map(some, starts[block : block + THREADS]))
            if reporter is not None and reporter.control() in ("pause", "cancel"):
                return False
    return True
