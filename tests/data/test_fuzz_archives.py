"""Archives with random damage, to themselves or to their files: a typed error or a whole table with whole images."""

import hashlib
import io
import random
import shutil
import warnings
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.data.packs import png
from tests.data.test_collections import OBJECT, VOC, coco, gif
from tests.data.test_fuzz import mutated
from workbench.data import reader
from workbench.data.image_files import CELL
from workbench.data.read_options import ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits

LIMITS = Limits(columns=200, cell_bytes=10_000, cells=100_000, pixels=1_000_000, archive_bytes=20_000_000)


def image(format, mode="RGB"):
    content = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (40, 30, 4), np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(noise, "RGBA").convert(mode).save(content, format, **({"exif": exif} if format == "JPEG" else {}))
    return content.getvalue()


def images():
    deep = io.BytesIO()
    Image.fromarray(np.arange(900, dtype=np.uint16).reshape(30, 30)).save(deep, "PNG")
    return {
        "cat/1.jpg": image("JPEG"),
        "cat/2.jpg": image("JPEG", "CMYK"),
        "cat/3.png": image("PNG", "RGBA"),
        "dog/4.webp": image("WEBP"),
        "dog/5.bmp": image("BMP"),
        "dog/6.gif": gif(3),
        "dog/7.tif": image("TIFF"),
        "dog/8.png": deep.getvalue(),
        "dog/9.png": image("PNG", "P"),
    }


def listed():
    rows = "".join(f"{number}.png,{'ab'[number % 2]}\n" for number in range(6))
    return {"labels.csv": f"name,label\n{rows}".encode(), **{f"p/{number}.png": png(number) for number in range(6)}}


def coco_boxes():
    return {"i.json": coco().encode(), "a.png": png(1), "b.png": png(2)}


def voc_boxes():
    note = VOC.format(objects=OBJECT.format("cat", 1, 2, 5, 8)).encode()
    return {
        f"{number}.{ending}": png(number) if ending == "png" else note for number in (1, 2) for ending in ("png", "xml")
    }


def texts():
    return {f"{label}/{number}.txt": f"Bücher, Nr. {number}".encode() for label in ("a", "b") for number in range(4)}


def tables():
    return {"data/reviews.csv": b"text,label\n" + b"fine,a\nbad,b\n" * 8, "README": b"x"}


KINDS = {"images": images, "listed": listed, "coco": coco_boxes, "voc": voc_boxes, "texts": texts, "tables": tables}


def packed(files, method):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def damaged(files, chance):
    """A damaged archive, or a whole one with a damaged file in it."""
    method = chance.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    if chance.random() < 0.4:
        return mutated(packed(files, method), chance)
    hit = chance.choice([*files])
    return packed({**files, hit: mutated(files[hit], chance)}, method)


def check(folder, content, frames, set_aside):
    """Read one archive; what comes of it must be a refusal with a remedy, or a table whose every image is whole."""
    folder.mkdir()
    path, into = folder / "upload", folder / "into"
    path.write_bytes(content)
    into.mkdir()
    options = ReadOptions(frames=frames)
    try:
        taken = reader.take(path, "some.zip", options, LIMITS, into, set_aside=set_aside)
    except DataError as error:
        assert error.remedy and error.code and "some.zip" in str(error)
        assert not (into / "table.parquet").exists()
    else:
        table = read_table(into)
        assert table.columns.tolist() == list(taken.columns) and len(table) == taken.rows > 0
        assert table.index.is_monotonic_increasing and table.index.is_unique
        assert (into / "rejects.csv").exists() == (taken.set_aside > 0)
        stored = {path.relative_to(into / "images").as_posix(): path for path in (into / "images").glob("*/*")}
        if "image" in table:
            assert set(table["image"]) <= set(stored)
        for cell, file in stored.items():
            assert CELL.fullmatch(cell) and hashlib.sha256(file.read_bytes()).hexdigest() == file.stem
            with Image.open(file) as kept:
                kept.load()
                assert kept.mode in ("L", "RGB")
    assert {path.name for path in folder.iterdir()} == {"upload", "into"}
    assert {path.name for path in into.iterdir()} <= {"table.parquet", "profile.json", "rejects.csv", "images"}
    assert path.read_bytes() == content
    shutil.rmtree(folder)


def run(folder, kind, times, seed):
    files = KINDS[kind]()
    chance = random.Random(seed)  # the seed names the archive that a failure is about
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, on notes of cameras that it cannot read
        for number in range(times):
            frames = chance.choice([None, "first", "all"])
            check(folder / str(number), damaged(files, chance), frames, set_aside=number % 2 == 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_damaged_archives(tmp_path, kind):
    run(tmp_path, kind, 100, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
def test_two_thousand_damaged_archives(tmp_path, kind):
    run(tmp_path, kind, 2000, seed=2)
