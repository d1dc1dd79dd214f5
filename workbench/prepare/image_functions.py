"""What the preparation does to one picture; Pillow only, because exported models carry this file as it is."""

from collections.abc import Callable
from typing import Literal

from PIL import Image, ImageOps

_FILLS = {"black": 0, "grey": 127, "white": 255}


def convert_image(image: Image.Image, *, mode: Literal["grey", "colour"] = "grey") -> Image.Image:
    """One channel of grey (ITU-R 601 luma), or three of colour."""
    return image.convert("L" if mode == "grey" else "RGB")


def resize_image(image: Image.Image, *, width: int, height: int, keep_shape: bool = True) -> Image.Image:
    """Into ``width`` x ``height`` pixels; with ``keep_shape`` as large as fits in there, never stretched."""
    if not keep_shape:
        return image.resize((width, height), Image.Resampling.LANCZOS)
    return ImageOps.contain(image, (width, height), Image.Resampling.LANCZOS)


def crop_image(image: Image.Image, *, left: float, top: float, right: float, bottom: float) -> Image.Image:
    """Without the given shares of width and height at each side; at least one pixel stays."""
    wide, high = image.size
    x, y = min(round(left * wide), wide - 1), min(round(top * high), high - 1)
    return image.crop((x, y, max(x + 1, wide - round(right * wide)), max(y + 1, high - round(bottom * high))))


def pad_image(image: Image.Image, *, fill: Literal["black", "grey", "white"] = "black") -> Image.Image:
    """A square with the image in its middle."""
    side, level = max(image.size), _FILLS[fill]
    return ImageOps.pad(image, (side, side), color=level if image.mode == "L" else (level,) * 3)


FUNCTIONS: dict[str, Callable[..., Image.Image]] = {
    "convert_image": convert_image,
    "resize_image": resize_image,
    "crop_image": crop_image,
    "pad_image": pad_image,
}
