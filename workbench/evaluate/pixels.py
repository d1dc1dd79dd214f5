"""Pixels as data addresses, which panels and answers carry and browsers show."""

import base64
import io

import numpy as np
from numpy.typing import NDArray

LOSSLESS = 64  # pixels on a side up to which every pixel is kept
SHOWN = 96  # pixels on a side that smaller images are enlarged to, each pixel a square
_QUALITY = 90


def address(pixels: NDArray[np.uint8]) -> str:
    """An image (side, side, channels) as a data address: a PNG where it is small, else a JPEG."""
    from PIL import Image

    factor = max(1, -(-SHOWN // len(pixels)))
    large = pixels.repeat(factor, axis=0).repeat(factor, axis=1)
    image = Image.fromarray(large[..., 0] if large.shape[2] == 1 else large)
    kind, how = ("png", {"optimize": True}) if len(pixels) <= LOSSLESS else ("jpeg", {"quality": _QUALITY})
    file = io.BytesIO()
    image.save(file, kind, **how)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"
