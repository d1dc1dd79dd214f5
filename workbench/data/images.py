"""One image file as the workbench keeps it: whole, 8 bits, grey or colour, upright; what had to change is told."""

import base64
import io
import math
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # nothing else is ever opened
ENDINGS = (
    *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".gif", ".tif", ".tiff", ".psd"),
    *(".fits", ".fit", ".gd", ".eps", ".heic", ".heif", ".avif", ".svg", ".jp2", ".ico", ".tga", ".dng", ".raw"),
)  # of names that promise an image, of whatever kind
FRAMES = ("first", "all")
_MOST_FRAMES = 10_000
_STRIP = 256  # rows of pixels
_LARGE = 8_000_000  # pixels; of such images one is decoded at a time
_one_large = threading.Lock()
_ORIENTATION = 0x0112
_QUALITY = 95  # of a JPEG that must be written again
_THUMBNAIL = 96
_DAMAGE = (  # what Pillow's readers raise at bytes that are not as they should be
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
)


class Unfit(Exception):
    """Raised for an image that cannot be taken; ``case`` is the number of what is wrong."""

    def __init__(self, case: str, what: str, remedy: str = "") -> None:
        self.case, self.what, self.remedy = case, what, remedy
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as it is kept: ``content`` is a PNG or JPEG (``ending``) of ``width`` x ``height`` pixels.

    ``format`` and ``mode`` are those of the file that it came in, ``brightness`` is its mean grey from 0 to 255,
    ``changes`` are what was done to it. ``thumbnail`` is a small image as data address, where one was asked for.
    """

    content: bytes
    ending: str
    width: int
    height: int
    format: str
    mode: str
    brightness: float
    changes: tuple[str, ...]
    thumbnail: str = ""


def pictures(content: bytes, frames: str | None, most_pixels: int, *, thumbnails: bool = False) -> list[Picture]:
    """The picture in an image file, or its pictures where ``frames`` is "all". Raises Unfit."""
    with _told():
        image = _open(content, most_pixels)
        with image, _one_large if image.width * image.height > _LARGE else nullcontext():
            count = _frames(image)
            if count > 1 and frames is None:
                raise Unfit("36", f"the image holds {count:,} frames or pages", "Say which of them become rows")
            if frames != "all" or count == 1:
                return [_picture(image, content, count, most_pixels, thumbnails)]
            return [_picture(frame, b"", count, most_pixels, thumbnails) for frame in _each(image, count, most_pixels)]


def thumbnail(content: bytes, side: int, most_pixels: int) -> bytes:
    """A WebP of a stored image within ``side`` x ``side`` pixels. Raises Unfit."""
    with _told(), _open(content, most_pixels) as image:
        file = io.BytesIO()
        image.draft("RGB", (side, side))  # a JPEG is decoded no larger than it must be
        small(image.convert("L" if image.mode == "L" else "RGB"), side).save(file, "WEBP", quality=80)
        return file.getvalue()


def _open(content: bytes, most_pixels: int) -> "Image":
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and nothing but the header is read before it is asked
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError:
        kinds = "PNG, JPEG, WebP, BMP, GIF and TIFF"
        raise Unfit("38", f"the content is no image of a kind that is read ({kinds})", "Save it as PNG") from None
    _refuse_large(image, most_pixels)
    return image


def _refuse_large(image: "Image", most_pixels: int) -> None:
    if image.width * image.height > most_pixels:
        what = f"the image has {image.width:,} x {image.height:,} pixels; the limit is {most_pixels / 1e6:g} million"
        raise Unfit("33", what, "Make it smaller")


def _frames(image: "Image") -> int:
    # The further pictures of a JPEG are its own small previews and depth maps.
    count = 1 if image.format in ("JPEG", "MPO") else int(getattr(image, "n_frames", 1))
    if count > _MOST_FRAMES:
        raise Unfit("36", f"the image holds {count:,} frames; the limit is {_MOST_FRAMES:,}", "Keep those you need")
    return count


def _each(image: "Image", count: int, most_pixels: int) -> Iterator["Image"]:
    for frame in range(count):
        image.seek(frame)
        _refuse_large(image, most_pixels)
        yield image


def _picture(image: "Image", content: bytes, count: int, most_pixels: int, thumbnails: bool) -> Picture:
    """The present frame. ``content`` is the file, to be kept where nothing has to change; empty if it cannot be."""
    from PIL import ImageOps

    format, mode = ("JPEG" if image.format == "MPO" else image.format or ""), image.mode
    # Pillow turns a TIFF when it decodes it; any other is asked afterwards, for to ask a PNG may decode it.
    turned = image.format == "TIFF" and _is_turned(image)
    image.load()
    _refuse_large(image, most_pixels)  # what is decoded may be larger than what was promised
    turned = turned or _is_turned(image)
    changes = ["turned upright"] if turned else []
    made = ImageOps.exif_transpose(image) if turned else image
    made = _eight_bits(made, changes)
    made = _without_alpha(made, changes)
    if made.mode not in ("L", "RGB"):
        changes.append(f"from {'black and white' if made.mode == '1' else made.mode}")
        made = made.convert("L" if made.mode == "1" else "RGB")
    if format == "PNG" and not changes and content[24:25] not in (b"", b"\x08"):  # Pillow has halved or doubled them
        changes.append(f"from {content[24]} bits a channel")
    if count > 1:
        changes.append("one of several frames")
    keeps = format in ("PNG", "JPEG") and content and not changes
    lossy = format == "JPEG" or (format == "WEBP" and b"VP8 " in content[:64])
    return Picture(
        content=content if keeps else _written(made, lossy),
        ending=".jpg" if lossy else ".png",
        width=made.width,
        height=made.height,
        format=format,
        mode=mode,
        brightness=_brightness(made),
        changes=tuple(dict.fromkeys(changes)),
        thumbnail=_thumbnail(made) if thumbnails else "",
    )


def _is_turned(image: "Image") -> bool:
    """Does the camera say that it was not held upright (case 37)?"""
    try:
        return image.getexif().get(_ORIENTATION, 1) in range(2, 9)
    except _DAMAGE:  # notes of a camera that cannot be read are no reason to refuse its picture
        return False


def _eight_bits(image: "Image", changes: list[str]) -> "Image":
    """Brighter values than 8 bits hold are rescaled, never clipped (case 35): 65535 becomes 255.

    Whole numbers of 32 bits and fractions have no fixed white: those beyond 16 bits, or beyond 0 to 1, are scaled
    from the darkest to the brightest of the image.
    """
    if not image.mode.startswith("I") and image.mode != "F":
        return image
    import numpy as np
    from PIL import Image

    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        raise Unfit("35", "the image holds values that are no numbers", "Save it with 8 bits a channel")
    white = 1.0 if image.mode == "F" else 65535.0
    dark, span = (low, max(high - low, 1e-12)) if low < 0 or high > white else (0.0, white)
    changes.append(f"from {'fractions' if image.mode == 'F' else '16 bits or more'}, rescaled")
    made = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), _STRIP):  # all at once, a large image would take a gigabyte
        strip = values[start : start + _STRIP].astype(np.float64)
        made[start : start + _STRIP] = np.rint((strip - dark) * (255 / span))
    return Image.fromarray(made)


def _without_alpha(image: "Image", changes: list[str]) -> "Image":
    """What is transparent shows white, as on paper (case 34)."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    changes.append("transparency put on white")
    grey = image.mode in ("L", "LA", "La", "1")
    layers = image if image.mode == "RGBA" else image.convert("RGBA")
    made = Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers)
    return made.convert("L" if grey else "RGB")


def _written(image: "Image", lossy: bool) -> bytes:
    """A PNG; or a JPEG for what was one before, since a photograph would become many times larger."""
    file = io.BytesIO()
    image.info = {}  # no profile or note that the pixels do not follow any more
    if lossy:
        image.save(file, "JPEG", quality=_QUALITY, subsampling=0)
    else:
        image.save(file, "PNG", compress_level=3)
    return file.getvalue()


def _brightness(image: "Image") -> float:
    from PIL.Image import Resampling

    factor = max(1, min(image.size) // 64)
    mean = image.reduce(factor).convert("L").resize((1, 1), Resampling.BOX).getpixel((0, 0))
    return float(mean) if isinstance(mean, int | float) else 0.0


def _thumbnail(image: "Image") -> str:
    file = io.BytesIO()
    small(image, _THUMBNAIL).save(file, "JPEG", quality=80)
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def small(image: "Image", side: int) -> "Image":
    """The image within ``side`` x ``side`` pixels; one of few pixels is made larger, each of them a square."""
    from PIL.Image import Resampling

    largest = max(image.size)
    if largest <= side // 2:
        factor = side // largest
        return image.resize((image.width * factor, image.height * factor), Resampling.NEAREST)
    made = image.copy()
    made.thumbnail((side, side))
    return made


@contextmanager
def _told() -> Iterator[None]:
    """What a damaged file makes Pillow raise, as Unfit (case 32)."""
    try:
        yield
    except Unfit:
        raise
    except _DAMAGE as error:
        said = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise Unfit("32", f"the image is damaged or cut off ({said})", "Copy it again from where it comes") from None
