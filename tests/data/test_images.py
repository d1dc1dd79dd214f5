"""Images: whole, within the limits, upright, eight bits; what cannot be taken is named with its remedy."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from workbench.data import images
from workbench.data.images import Unfit

PIXELS = 50_000_000


def drawing(mode="RGB", size=(40, 30)):
    image = Image.new("RGB", size, (250, 200, 20))
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1] // 2), fill=(10, 20, 200))
    return image.convert(mode)


def file(image, format="PNG", **options):
    content = io.BytesIO()
    image.save(content, format, **options)
    return content.getvalue()


def only(content, frames=None):
    found = images.pictures(content, frames, PIXELS)
    assert len(found) == 1
    return found[0]


def stored(picture):
    image = Image.open(io.BytesIO(picture.content))
    assert image.mode in ("L", "RGB") and image.format == {".png": "PNG", ".jpg": "JPEG"}[picture.ending]
    assert image.size == (picture.width, picture.height)
    return image


def unfit(content, frames=None, pixels=PIXELS):
    with pytest.raises(Unfit) as caught:
        images.pictures(content, frames, pixels)
    return caught.value


@pytest.mark.parametrize("format", ["PNG", "JPEG"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_an_image_that_needs_no_change_keeps_its_bytes(format, mode):
    content = file(drawing(mode), format)
    picture = only(content)
    assert (picture.content, picture.changes, picture.mode, picture.format) == (content, (), mode, format)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_case_32_an_image_that_is_cut_off_is_no_image(format):
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8))
    content = file(noise, format)
    found = unfit(content[: len(content) // 2])
    assert found.case == "32" and "damaged or cut off" in found.what and found.remedy


def test_case_32_a_checksum_that_differs_is_damage():
    content = bytearray(file(Image.fromarray(np.random.default_rng(1).integers(0, 255, (20, 20), np.uint8))))
    content[content.index(b"IDAT") + 30] ^= 0x55
    assert unfit(bytes(content)).case == "32"


def test_case_33_pixels_are_counted_before_anything_is_decoded():
    content = file(Image.new("1", (9_000, 9_000)))
    assert len(content) < 20_000
    found = unfit(content)
    assert found.case == "33" and "9,000 x 9,000 pixels; the limit is 50 million" in found.what


@pytest.mark.parametrize(
    ("mode", "format", "says"),
    [("CMYK", "JPEG", "from CMYK"), ("P", "PNG", "from P"), ("YCbCr", "TIFF", "from YCbCr")],
)
def test_case_34_other_colours_are_converted_and_reported(mode, format, says):
    picture = only(file(drawing(mode), format))
    assert picture.mode == mode and says in picture.changes
    corner, other = stored(picture).convert("RGB").getpixel((2, 2)), stored(picture).convert("RGB").getpixel((39, 29))
    assert sum(corner) < sum(other)


def test_case_34_black_and_white_becomes_grey():
    image = Image.new("1", (4, 1))
    image.putpixel((2, 0), 1)
    picture = only(file(image))
    assert list(stored(picture).tobytes()) == [0, 0, 255, 0] and picture.changes == ("from black and white",)


@pytest.mark.parametrize(("mode", "kept"), [("RGBA", "RGB"), ("LA", "L")])
def test_case_34_what_is_transparent_becomes_white(mode, kept):
    image = drawing(mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda value: 0 if value < 128 else 255))
    picture = only(file(image))
    made = stored(picture)
    assert made.mode == kept and picture.changes == ("transparency put on white",)
    assert made.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert made.convert("L").getpixel((2, 29)) == image.convert("L").getpixel((2, 29))


def test_case_34_a_transparent_colour_of_a_palette_becomes_white():
    image = drawing("P")
    made = stored(only(file(image, transparency=image.getpixel((2, 2)))))
    assert made.getpixel((2, 2)) == (255, 255, 255) != made.getpixel((39, 29))


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_case_35_sixteen_bits_are_rescaled_never_clipped(format):
    values = np.array([[0, 257, 40_000, 65_535]], np.uint16)
    picture = only(file(Image.fromarray(values), format))
    assert list(stored(picture).tobytes()) == [0, 1, 156, 255]
    assert picture.changes == ("from 16 bits or more, rescaled",)


def test_case_35_fractions_and_large_numbers_are_rescaled():
    fractions = only(file(Image.fromarray(np.array([[0, 0.5, 1]], np.float32)), "TIFF"))
    assert list(stored(fractions).tobytes()) == [0, 128, 255] and fractions.changes == ("from fractions, rescaled",)
    far = only(file(Image.fromarray(np.array([[-10, 0, 10]], np.float32)), "TIFF"))
    assert list(stored(far).tobytes()) == [0, 128, 255]
    assert unfit(file(Image.fromarray(np.array([[0, np.nan]], np.float32)), "TIFF")).case == "35"


def test_case_36_which_frames_is_asked():
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for format in ("GIF", "TIFF", "WEBP", "PNG"):
        content = file(frames[0], format, save_all=True, append_images=frames[1:])
        found = unfit(content)
        assert found.case == "36" and "3 frames or pages" in found.what
        first = only(content, "first")
        assert stored(first).convert("RGB").getpixel((1, 1))[0] > 200
        every = images.pictures(content, "all", PIXELS)
        brightest = [int(np.argmax(stored(one).convert("RGB").getpixel((1, 1)))) for one in every]
        assert brightest == [0, 1, 2]


def test_case_37_a_camera_that_was_turned_is_turned_back():
    image = drawing(size=(40, 30))
    exif = Image.Exif()
    exif[0x0112] = 6
    for format in ("JPEG", "PNG", "WEBP", "TIFF"):
        picture = only(file(image, format, exif=exif))
        made = stored(picture)
        assert made.size == (30, 40) and picture.changes == ("turned upright",), format
        assert made.getpixel((28, 2))[2] > 150 > made.getpixel((2, 2))[2]  # the blue corner went to the right
        assert 0x0112 not in made.getexif()


def test_case_38_only_listed_formats_are_opened():
    for format in ("PPM", "TGA", "PCX", "ICO", "EPS"):
        found = unfit(file(drawing(), format))
        assert found.case == "38" and "PNG, JPEG, WebP, BMP, GIF and TIFF" in found.what and found.remedy
    for content in (b"", b"8BPS\0\1" + b"\0" * 60, b"SIMPLE  =                    T", b"<svg/>"):
        assert unfit(content).case in ("32", "38")


def test_brightness_and_thumbnail():
    white, black = (
        images.pictures(file(Image.new("L", (300, 9), level)), None, PIXELS, thumbnails=True)[0] for level in (255, 0)
    )
    assert (white.brightness, black.brightness) == (255, 0)
    assert white.thumbnail.startswith("data:image/jpeg;base64,")
    assert images.small(Image.new("L", (8, 4)), 96).size == (96, 48)
