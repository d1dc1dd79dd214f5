"""Samples that come as arrays: taken apart without running what they came in, and written as images by class."""

import gzip
import pickle

import numpy as np
import pytest
from PIL import Image

from workbench.data.sources import sample_images
from workbench.errors import DataError


def packed(path, value):
    path.write_bytes(gzip.compress(pickle.dumps(value, protocol=4)))


@pytest.fixture
def animals(tmp_path):
    chance = np.random.default_rng(1)
    images = chance.integers(0, 255, (20, 28, 28), np.uint8)
    packed(tmp_path / "animals.gz", images)
    packed(tmp_path / "labels.gz", np.arange(20) % 10)
    return tmp_path, images


def test_arrays_become_images_by_class(animals, tmp_path):
    folder, images = animals
    sample_images.write(sample_images.animals(folder), tmp_path / "made")
    assert sorted(path.name for path in (tmp_path / "made").iterdir())[:2] == ["bear", "bird"]
    with Image.open(tmp_path / "made" / "zebra" / "00019.png") as image:
        assert np.array_equal(np.asarray(image), images[19])


def test_what_came_as_a_program_is_not_run(animals):
    folder, _ = animals

    class Hostile:
        def __reduce__(self):
            return (open, (str(folder / "was-here"), "w"))

    packed(folder / "animals.gz", Hostile())
    with pytest.raises(DataError, match="do not hold the arrays"):
        list(sample_images.animals(folder))
    assert not (folder / "was-here").exists()


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"no pickle", b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"])
def test_files_that_changed_are_refused(animals, content):
    folder, _ = animals
    (folder / "labels.gz").write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match="do not hold the arrays"):
        list(sample_images.animals(folder))


def test_labels_beyond_the_classes_are_refused(animals):
    folder, _ = animals
    packed(folder / "labels.gz", np.arange(20))
    with pytest.raises(DataError, match="do not hold the arrays"):
        list(sample_images.animals(folder))
