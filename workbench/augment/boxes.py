"""Rectangles within images, drawn at random."""

import numpy as np
from numpy.typing import NDArray

from workbench.augment.draws import Floats, between

_MOST_STRETCHED = np.log(2)


def boxes(areas: Floats, drawn: Floats, height: int, width: int) -> NDArray[np.int64]:
    """Top, bottom, left and right (n, 4) in pixels of boxes that cover about ``areas`` (n) of the image, all within it.

    ``drawn`` (n, 3) chooses the shape, up to twice as wide or high as the image's, and the place.
    """
    stretched = np.minimum(_MOST_STRETCHED, -np.log(np.maximum(areas, 1e-9))) * between(-1, 1, drawn[:, 0])
    high = np.rint(height * np.sqrt(areas * np.exp(-stretched))).astype(np.int64)
    wide = np.rint(width * np.sqrt(areas * np.exp(stretched))).astype(np.int64)
    top = (drawn[:, 1] * (height - high + 1)).astype(np.int64)
    left = (drawn[:, 2] * (width - wide + 1)).astype(np.int64)
    return np.stack([top, top + high, left, left + wide], axis=1)
