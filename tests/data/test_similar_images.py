"""Images that look the same are found however they were saved; others, and different blank pages, are not."""

import itertools

import numpy as np
import pytest
from PIL import Image

from workbench.data.likeness import similar_images
from workbench.data.likeness.similar_images import Prints


def picture(seed):
    noise = np.random.default_rng(seed).integers(0, 255, (12, 12, 3), dtype=np.uint8)
    return Image.fromarray(noise).resize((240, 160), Image.Resampling.BICUBIC)


@pytest.fixture
def saved(tmp_path):
    def save(**images):
        paths = []
        for name, image in images.items():
            paths.append(tmp_path / name.replace("_", "."))
            image.save(paths[-1])
        return paths

    return save


def test_the_same_picture_saved_differently(saved):
    one, other = picture(1), picture(2)
    brighter = Image.fromarray(np.clip(np.asarray(one).astype(int) + 6, 0, 255).astype(np.uint8))
    paths = saved(
        a_png=one,
        b_jpg=one,
        other_png=other,
        small_png=one.resize((120, 80)),
        grey_png=one.convert("L"),
        c_png=brighter,
    )
    assert similar_images.groups(similar_images.prints(paths)) == [[0, 1, 3, 4, 5]]


def test_other_pictures_and_mirrored_ones_are_not(saved):
    images = {f"p{seed}_png": picture(seed) for seed in range(20)}
    mirrored = picture(0).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert similar_images.groups(similar_images.prints(saved(**images, mirrored_png=mirrored))) == []


def test_blank_pages_of_one_colour_only(saved):
    white, black = Image.new("L", (60, 40), 255), Image.new("L", (60, 40), 0)
    paths = saved(a_png=white, b_png=black, c_png=white.resize((30, 30)))
    assert similar_images.groups(similar_images.prints(paths)) == [[0, 2]]


def test_images_that_cannot_be_read_are_left_out(saved, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n broken")
    paths = [broken, *saved(a_png=picture(3)), tmp_path / "missing.png", *saved(b_jpg=picture(3))]
    found = similar_images.prints(paths)
    assert found.places.tolist() == [1, 3]
    assert similar_images.groups(found) == [[1, 3]]
    assert similar_images.groups(similar_images.prints([broken])) == []


def test_no_pair_within_the_distance_is_overlooked():
    chance = np.random.default_rng(7)
    centres = chance.integers(0, 2**63, 40, dtype=np.uint64)
    flips = np.array([np.bitwise_or.reduce(1 << chance.choice(63, 6, replace=False)) for _ in range(200)], np.uint64)
    hashes = np.concatenate([centres, np.repeat(centres, 5) ^ flips])
    same = np.broadcast_to(np.arange(256, dtype=np.uint8).reshape(16, 16), (len(hashes), 16, 16))
    found = similar_images.groups(Prints(hashes, same, np.arange(len(hashes))), distance=6)
    together = {pair for group in found for pair in itertools.combinations(group, 2)}
    pairs = itertools.combinations(range(len(hashes)), 2)
    assert {pair for pair in pairs if int(hashes[pair[0]] ^ hashes[pair[1]]).bit_count() <= 6} <= together
    assert [group[0] for group in found] == list(range(40)) and all(len(group) == 6 for group in found)
