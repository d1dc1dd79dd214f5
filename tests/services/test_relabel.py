"""Corrections by hand make a new version: the old one, its row numbers and its images stay as they are."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from workbench.artefacts import folders
from workbench.errors import DataError
from workbench.services import datasets, projects, relabel

ROWS = "text,label\n" + "".join(f"text number {number},{'ab'[number % 2]}\n" for number in range(12))


@pytest.fixture
def project(store):
    return projects.create(store, "Reviews").id


@pytest.fixture
def version(store, project):
    return datasets.import_text(store, project, ROWS, name="reviews.csv")


def test_other_labels_make_a_new_version(store, version):
    made = relabel.relabel(store, version.id, "label", {0: "b", 3: "neither", 5: "b"})
    assert (made.number, made.data_set_id, made.rows) == (2, version.data_set_id, 12)
    assert made.note == "Relabelled 2 rows in 'label'. From version 1."
    labels = datasets.table(store, made.id)["label"]
    assert labels.tolist() == ["b", "b", "a", "neither", *["a", "b"] * 4]
    assert datasets.table(store, version.id)["label"].tolist() == ["a", "b"] * 6
    assert datasets.profile(store, made.id).column("label").counts == {"a": 5, "b": 6, "neither": 1}
    folders.verify(datasets.folder(store, made.id))
    assert relabel.relabel(store, made.id, "label", {0: "a", 3: "b"}) == version
    assert relabel.relabel(store, version.id, "label", {0: "a"}) == version


def test_rows_that_are_taken_out_leave_their_numbers_free(store, version):
    fewer = relabel.drop_rows(store, version.id, [1, 4])
    assert datasets.table(store, fewer.id).index.tolist() == [0, 2, 3, 5, 6, 7, 8, 9, 10, 11]
    assert fewer.note == "Took out 2 rows. From version 1."
    again = relabel.relabel(store, fewer.id, "label", {11: "c"})
    table = datasets.table(store, again.id)
    assert table.loc[11, "label"] == "c" and table.loc[2, "text"] == "text number 2"
    assert again.number == 3 and len(datasets.versions(store, version.data_set_id)) == 3


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda store, version: relabel.relabel(store, version, "stars", {0: "a"}), "no column 'stars'"),
        (lambda store, version: relabel.relabel(store, version, "label", {99: "a"}), "no row 100"),
        (
            lambda store, version: relabel.relabel(store, version, "label", {0: "  "}),
            'column "label": a label is empty',
        ),
        (lambda store, version: relabel.relabel(store, version, "label", {0: "a\0b"}), "the label is no text"),
        (
            lambda store, version: relabel.relabel(store, version, "label", {0: "x" * 2_000_000}),
            "the limit is 1,000,000",
        ),
        (lambda store, version: relabel.drop_rows(store, version, range(12)), "no rows would be left"),
        (lambda store, version: relabel.drop_rows(store, version, [12]), "no row 13"),
    ],
)
def test_what_cannot_be_changed_is_told_and_leaves_nothing_behind(store, version, change, says):
    with pytest.raises(DataError, match=says):
        change(store, version.id)
    assert datasets.versions(store, version.data_set_id) == [version]
    assert len([path for path in store.settings.datasets.iterdir() if path.name != folders.STAGING]) == 1


def test_rejected_rows_stay_with_the_data(store, project):
    content = ROWS + "short\n"
    options = datasets.preview_text(store, content, name="reviews.csv").options
    version = datasets.import_text(store, project, content, name="reviews.csv", options=options, set_aside=True)
    made = relabel.relabel(store, version.id, "label", {0: "b"})
    assert "short" in datasets.rejects(store, made.id).read_text(encoding="utf-8")


def test_versions_share_their_images(store, project, tmp_path):
    path = tmp_path / "animals.zip"
    chance = np.random.default_rng(1)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
            content = io.BytesIO()
            Image.fromarray(chance.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(content, "PNG")
            archive.writestr(name, content.getvalue())
    version = datasets.import_file(store, project, path, name="animals.zip")
    made = relabel.relabel(store, version.id, "label", {0: "dog"})
    for cell in datasets.table(store, made.id)["image"]:
        old, new = (datasets.images(store, one.id) / cell for one in (version, made))
        assert old.read_bytes() == new.read_bytes() and old.stat().st_ino == new.stat().st_ino
    profile = json.loads((datasets.folder(store, made.id) / "profile.json").read_text(encoding="utf-8"))
    assert profile["images"]["count"] == 3
