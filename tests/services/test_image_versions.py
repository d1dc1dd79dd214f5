"""Versions with images: committed whole, shown small, shared between versions, taken along with their project."""

import hashlib
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from tests.data.packs import png
from workbench.artefacts import folders, room
from workbench.data.image_files import link_images
from workbench.errors import DataError, NotFound
from workbench.services import datasets, opening, projects, thumbnails
from workbench.store.session import Store


@pytest.fixture
def project(store):
    return projects.create(store, "Animals").id


def archive(path, count=6, make=png):
    with zipfile.ZipFile(path, "w") as packed:
        for number in range(count):
            packed.writestr(f"{'cat' if number % 2 else 'dog'}/{number:05}.png", make(number))
    return path


@pytest.fixture
def version(store, project, tmp_path):
    return datasets.import_file(store, project, archive(tmp_path / "animals.zip"), name="animals.zip")


def noise(number):
    """Images that are all different."""
    content = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 255, (6, 6), np.uint8)).save(content, "PNG")
    return content.getvalue()


def test_images_are_part_of_the_version(store, version):
    folder = datasets.images(store, version.id)
    cells = datasets.table(store, version.id)["image"]
    assert folder is not None and all((folder / cell).is_file() for cell in cells)
    entries = folders.verify(datasets.folder(store, version.id))
    assert {f"images/{cell}" for cell in cells} <= set(entries)
    assert version.bytes > sum((folder / cell).stat().st_size for cell in cells)


def test_a_table_has_no_images(store, project, tmp_path):
    (tmp_path / "a.csv").write_text("text,label\nx,y\n")
    made = datasets.import_file(store, project, tmp_path / "a.csv", name="a.csv")
    assert datasets.images(store, made.id) is None
    with pytest.raises(NotFound):
        thumbnails.thumbnail(store, made.id, "../table.parquet")


def test_a_folder_is_imported_like_a_file(store, project, version, tmp_path):
    with zipfile.ZipFile(tmp_path / "animals.zip") as packed:
        packed.extractall(tmp_path / "unpacked")
    again = datasets.import_file(store, project, tmp_path / "unpacked", name="animals.zip")
    assert again == version  # the same content


def test_a_bomb_leaves_nothing(store, project, tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("cat/0.png", png())
        packed.writestr("cat/1.png", b"\0" * 20_000_000)
    with pytest.raises(DataError, match="ZIP-28"):
        datasets.import_file(store, project, path, name="bomb.zip")
    assert datasets.list_datasets(store, project) == []
    assert [left for left in store.settings.datasets.rglob("*") if left.is_file()] == []


def test_images_that_stop_an_import_half_way_leave_nothing(store, project, tmp_path):
    path = archive(tmp_path / "animals.zip", 400)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("zebra/1.png", b"no image")
    with pytest.raises(DataError, match="IMG-38"):
        datasets.import_file(store, project, path, name="animals.zip")
    assert [left for left in store.settings.datasets.rglob("*") if left.is_file()] == []
    made = datasets.import_file(store, project, path, name="animals.zip", set_aside=True)
    assert made.rows == 400 and datasets.rejects(store, made.id) is not None


def test_a_version_with_new_labels_shares_the_images(store, version):
    with folders.new_folder(store.settings.datasets, "relabelled") as staged:
        assert link_images(datasets.folder(store, version.id), staged) == 6
    first = datasets.table(store, version.id)["image"][0]
    old, new = datasets.images(store, version.id), store.settings.datasets / "relabelled" / "images"
    assert old is not None and (old / first).samefile(new / first)
    assert len(folders.verify(store.settings.datasets / "relabelled")) == 6


def test_small_pictures_are_made_once(store, version):
    cell = datasets.table(store, version.id)["image"][0]
    made = thumbnails.thumbnail(store, version.id, cell, 100)
    with Image.open(made) as picture:
        assert picture.format == "WEBP" and max(picture.size) == 126  # 9 pixels, each a square of 14
    before = made.stat().st_mtime_ns
    assert thumbnails.thumbnail(store, version.id, cell, 128) == made and made.stat().st_mtime_ns == before
    assert thumbnails.thumbnail(store, version.id, cell, 10**9).name.endswith("-384.webp")


@pytest.mark.parametrize("cell", ["", "..", "../../workbench.db", "ab/" + "a" * 64 + ".png", "aa/" + "a" * 64 + ".exe"])
def test_only_images_of_the_version_are_shown(store, version, cell):
    with pytest.raises(NotFound):
        thumbnails.thumbnail(store, version.id, cell)


def test_case_80_nobody_sees_the_images_of_another(store, version):
    cell = datasets.table(store, version.id)["image"][0]
    with pytest.raises(NotFound):
        thumbnails.thumbnail(Store(store.settings, owner="somebody else"), version.id, cell)


def test_a_stored_image_that_was_damaged_is_no_picture(store, version):
    cell = datasets.table(store, version.id)["image"][0]
    folder = datasets.images(store, version.id)
    assert folder is not None
    (folder / cell).write_bytes(b"no image")
    with pytest.raises(NotFound, match="The content is no image"):
        thumbnails.thumbnail(store, version.id, cell)
    assert list((store.settings.cache / "thumbnails").iterdir()) == []


def test_small_pictures_stay_within_their_room(store, version, monkeypatch):
    asked = []
    monkeypatch.setattr(thumbnails, "make_room", lambda cache, limit: asked.append(limit) or room.make_room(cache, 0))
    monkeypatch.setattr(thumbnails, "_EVERY", 1)
    for cell in datasets.table(store, version.id)["image"]:
        thumbnails.thumbnail(store, version.id, cell)
    assert len(asked) == 6 and len(list((store.settings.cache / "thumbnails").iterdir())) == 1


def taken_along(store, project, version, tmp_path):
    file = projects.export_project(store, project, tmp_path)
    brought = projects.import_project(store, file)
    again = datasets.list_datasets(store, brought.id)[0]
    old, new = datasets.images(store, version.id), datasets.images(store, again.id)
    cells = datasets.table(store, again.id)["image"]
    assert cells.tolist() == datasets.table(store, version.id)["image"].tolist()
    assert old is not None and new is not None and old != new
    assert all((old / cell).read_bytes() == (new / cell).read_bytes() for cell in cells)
    assert set(folders.verify(datasets.folder(store, again.id))) == set(folders.read_manifest(old.parent))
    return file


def test_a_project_takes_its_images_along(store, project, version, tmp_path):
    file = taken_along(store, project, version, tmp_path)
    with zipfile.ZipFile(file) as packed:
        entries = {name: packed.read(name) for name in packed.namelist()}
    hostile = next(name for name in entries if "/images/" in name)
    manifest = json.loads(entries[folders.MANIFEST])
    entries[hostile] = noise(7)
    manifest["files"][hostile] = {"size": len(noise(7)), "sha256": hashlib.sha256(noise(7)).hexdigest()}
    entries[folders.MANIFEST] = json.dumps(manifest).encode()
    with zipfile.ZipFile(tmp_path / "changed.zip", "w") as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    with pytest.raises(DataError, match="the image does not have the content that its name says"):
        projects.import_project(store, tmp_path / "changed.zip")


@pytest.mark.slow
def test_a_project_takes_ten_thousand_images_along(store, project, tmp_path):
    path = archive(tmp_path / "many.zip", 10_000, noise)
    version = datasets.import_file(store, project, path, name="many.zip")
    assert version.rows == 10_000
    taken_along(store, project, version, tmp_path)


def test_the_digits_need_no_pack(store, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_WHEELS", str(tmp_path / "nowhere"))
    opened = opening.open_sample(store, "sample/digits")
    version = datasets.list_datasets(store, opened.id)[0]
    assert (version.rows, version.columns) == (1797, ("image", "label", "file"))
    column = datasets.profile(store, version.id).column("label")
    assert column is not None and sorted(column.counts) == list("0123456789")
    known = datasets.profile(store, version.id).images
    assert known is not None and known.sizes == {"8 x 8": 1797}
    assert list(store.settings.cache.glob("sample-*")) == []
