"""The simple thing that an autoencoder must beat: for every image it draws the mean of the training images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.tasks.image_autoencoder_fitted import percentiles, some
from workbench.tasks.image_cache import Pictures, all_grey
from workbench.tasks.protocol import ImagePredictions

MOST_ROWS = 5_000  # images whose mean is that of all
AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class MeanImage:
    """``mean`` (side, side, channels) from 0 to 1, and the errors that it made on images that it is not the mean of."""

    mean: NDArray[np.float32]
    known: NDArray[np.float64]

    def predict(self, rows: pd.DataFrame) -> ImagePredictions:
        seen = _seen(rows["image"].tolist(), len(self.mean), self.mean.shape[2])
        errors = self.errors(seen)
        drawn = _Drawn(np.rint(self.mean * 255).astype(np.uint8), seen)
        return ImagePredictions(errors, percentiles(errors, self.known), np.zeros((len(seen), 0), np.float32), drawn)

    def errors(self, seen: Pictures) -> NDArray[np.float64]:
        """The mean squared difference of each image (n)."""
        found = np.empty(len(seen))
        for start in range(0, len(seen), AT_ONCE):
            rows = range(start, min(start + AT_ONCE, len(seen)))
            off = seen.take(rows).astype(np.float32) / np.float32(255) - self.mean
            found[rows.start : rows.stop] = np.square(off).mean(axis=(1, 2, 3))
        return found


@dataclass(frozen=True, slots=True)
class _Drawn:
    mean: NDArray[np.uint8]
    seen: Pictures

    def pairs(self, places: Sequence[int]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        return [(self.seen.take([place])[0], self.mean) for place in places]

    def invented(self, count: int) -> list[NDArray[np.uint8]]:  # noqa: ARG002  (a mean invents nothing)
        return []


def fit(paths: Sequence[str], held_out: Sequence[str], side: int) -> MeanImage:
    """The mean of training images of ``side`` pixels, judged by images that were held out."""
    channels = 1 if all_grey(paths) else 3
    some_paths = paths[:: -(-len(paths) // MOST_ROWS)]
    total = np.zeros((side, side, channels))
    for start in range(0, len(some_paths), AT_ONCE):
        part = _seen(some_paths[start : start + AT_ONCE], side, channels)
        total += part.take(range(len(part))).sum(axis=0, dtype=np.float64)
    mean = MeanImage((total / (255 * max(len(some_paths), 1))).astype(np.float32), np.empty(0))
    return MeanImage(mean.mean, some(mean.errors(_seen(held_out or some_paths, side, channels))))


def _seen(paths: Sequence[str], side: int, channels: int) -> Pictures:
    return Pictures(tuple(paths), side, channels, "", None)
