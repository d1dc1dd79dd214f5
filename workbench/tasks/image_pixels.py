"""Image files as squares of pixels; numpy and Pillow only, because exported models carry this file as it is."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

FORMAT = 1  # of decoded pixels; a change of how they are made makes it one more


def square(file: "Path | BinaryIO", side: int, channels: int = 3) -> NDArray[np.uint8]:
    """The whole image in ``file`` as (side, side, channels), stretched to a square: nothing at its border is lost.

    The file is 8-bit grey or colour, as images are kept. Raises OSError when it cannot be read.
    """
    from PIL import Image

    with Image.open(file) as opened:
        opened.draft("L" if channels == 1 else "RGB", (side, side))  # a JPEG is not decoded larger than needed
        image = opened.convert("L" if channels == 1 else "RGB")
    return pixels(image, side)


def pixels(image: "Image", side: int) -> NDArray[np.uint8]:
    """An 8-bit image as (side, side, channels)."""
    from PIL.Image import Resampling

    made: NDArray[Any] = np.asarray(image.resize((side, side), Resampling.BICUBIC, reducing_gap=3.0))
    return made[..., None] if made.ndim == 2 else made
