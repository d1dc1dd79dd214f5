"""Images are changed as the steps say: in the colours and sizes asked for, never stretched unless asked, kept once."""

import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workbench.prepare import image_functions, images, transforms
from workbench.prepare.convert_images import ConvertImages
from workbench.prepare.crop_images import CropImages
from workbench.prepare.drop_duplicates import DropDuplicates
from workbench.prepare.drop_empty import DropEmpty
from workbench.prepare.pad_images import PadImages
from workbench.prepare.prepared import prepare_table
from workbench.prepare.resize_images import ResizeImages
from workbench.prepare.roles import Roles
from workbench.recipe import Split

ROLES = Roles({"image": "image", "label": "label"}, (), "label", ("image",))


def picture(width=60, height=40, mode="RGB", seed=0):
    shape = (height, width) if mode == "L" else (height, width, 3)
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, shape, dtype=np.uint8))


@pytest.fixture
def folder(tmp_path):
    """Twelve images, as a data version keeps them, of two modes and several sizes."""
    place = tmp_path / "images" / "aa"
    place.mkdir(parents=True)
    for number in range(12):
        picture(30 + number, 40, "L" if number % 3 == 0 else "RGB", number).save(place / f"{number}.png")
    return place.parent


def table(rows=12):
    return pd.DataFrame(
        {"image": [f"aa/{number % 12}.png" for number in range(rows)], "label": ["a", "b"] * (rows // 2)}, dtype="str"
    )


def changed(step, image):
    (made,) = step.transforms(table(), ROLES)
    again = transforms.from_dict(json.loads(json.dumps(asdict(made))))
    return image_functions.FUNCTIONS[again.function](image, **again.settings)


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_grey_and_colour(mode):
    image = picture(mode=mode)
    grey, colour = changed(ConvertImages(), image), changed(ConvertImages(mode="colour"), image)
    assert (grey.mode, colour.mode) == ("L", "RGB") and grey.size == colour.size == image.size
    assert np.asarray(grey).tolist() == np.asarray(image.convert("L")).tolist()
    if mode == "L":
        assert (np.asarray(colour) == np.asarray(image)[:, :, None]).all()


@pytest.mark.parametrize("size", [(600, 400), (400, 600), (10, 1000), (50, 50)])
def test_a_resized_image_keeps_its_shape_unless_told(size):
    image = picture(*size)
    fitted = changed(ResizeImages(width=100, height=80), image)
    assert fitted.width <= 100 and fitted.height <= 80 and (fitted.width == 100 or fitted.height == 80)
    exact = min(100 / size[0], 80 / size[1])
    assert abs(fitted.width - size[0] * exact) <= 1 and abs(fitted.height - size[1] * exact) <= 1
    assert changed(ResizeImages(width=100, height=80, keep_shape=False), image).size == (100, 80)


def test_borders_are_cut_off_by_their_shares():
    image = picture(100, 50)
    cut = changed(CropImages(left=0.1, top=0.2, right=0.3, bottom=0.4), image)
    assert cut.size == (60, 20)
    assert (np.asarray(cut) == np.asarray(image)[10:30, 10:70]).all()
    assert changed(CropImages(), image).tobytes() == image.tobytes()
    assert changed(CropImages(left=0.45, top=0.45, right=0.45, bottom=0.45), picture(1, 1)).size == (1, 1)


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize(("fill", "level"), [("black", 0), ("grey", 127), ("white", 255)])
def test_a_padded_image_is_a_square_with_the_image_in_its_middle(mode, fill, level):
    image = picture(60, 40, mode)
    square = np.asarray(changed(PadImages(fill=fill), image))
    assert square.shape[:2] == (60, 60)
    assert (square[10:50] == np.asarray(image)).all()
    assert (square[:10] == level).all() and (square[50:] == level).all()


def test_steps_follow_each_other_and_every_image_is_made_once(folder, tmp_path):
    steps = [CropImages(left=0.1), PadImages(), ResizeImages(width=16, height=16), ConvertImages()]
    prepared = prepare_table(table(), ROLES, steps, Split(train=0.5, validation=0.25, test=0.25), 7)
    assert [line.cells_changed for line in prepared.report] == [12] * 4
    into, told = tmp_path / "cache", []
    ready = images.ready(prepared.split, ROLES, prepared.transforms, folder, into, told.append)
    made = pd.concat([ready.train, ready.validation, ready.test]).sort_index()
    for row, path in made["image"].items():
        image = Image.open(folder / "aa" / f"{row}.png")
        for step in steps:
            image = changed(step, image)
        with Image.open(path) as kept:
            assert (kept.size, kept.mode) == ((16, 16), "L") and kept.tobytes() == image.tobytes()
    times = {path: path.stat().st_mtime_ns for path in into.rglob("*.png")}
    assert len(times) == 12
    images.ready(prepared.split, ROLES, prepared.transforms, folder, into)
    assert {path: path.stat().st_mtime_ns for path in into.rglob("*.png")} == times
    assert not list(into.rglob("*.part"))


def test_other_settings_make_other_images(folder, tmp_path):
    paths = sorted((folder / "aa").iterdir())[:1]
    grey, colour = (ConvertImages(mode=mode).transforms(table(), ROLES) for mode in ("grey", "colour"))
    (one,), (other,) = (list(images.prepared(paths, made, tmp_path / "cache")) for made in (grey, colour))
    assert one.parent != other.parent and one.name == other.name


def test_without_steps_the_images_are_read_where_they_lie(folder, tmp_path):
    prepared = prepare_table(table(), ROLES, [], Split(train=0.5, validation=0.25, test=0.25), 7)
    ready = images.ready(prepared.split, ROLES, prepared.transforms, folder, tmp_path / "cache")
    assert sorted(ready.train["image"]) == sorted(str(folder / cell) for cell in prepared.split.train["image"])
    assert not (tmp_path / "cache").exists()


def test_equal_images_are_found_by_their_content_and_missing_ones_go():
    rows = table(24)
    rows.loc[3, "image"] = ""
    prepared = prepare_table(rows, ROLES, [DropEmpty(), DropDuplicates()], Split(), 7)
    assert prepared.dropped == {"Drop empty rows": [3], "Drop duplicates": [12, 13, 14, *range(16, 24)]}
