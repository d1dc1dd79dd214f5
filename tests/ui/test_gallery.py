"""Images on the pages: small pictures of a preview and of a version, fetched from a route that shows nothing else."""

import io
import zipfile

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.data.packs import png
from workbench.services import datasets, projects
from workbench.ui import gallery
from workbench.ui.web.routes import routes


@pytest.fixture
def archive(tmp_path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for number in range(12):
            packed.writestr(f"{'cat' if number % 2 else '<img onerror=x>'}/{number}.png", png(number))
    return content.getvalue()


@pytest.fixture
def version(empty, archive, tmp_path):
    project = projects.create(empty, "Animals")
    (tmp_path / "animals.zip").write_bytes(archive)
    made = datasets.import_file(empty, project.id, tmp_path / "animals.zip", name="animals.zip")
    projects.save_draft(empty, projects.draft(empty, project.id), data_version_id=made.id)
    return made


def test_a_zip_of_images_is_shown_before_it_is_imported(empty, page, archive):
    project = projects.create(empty, "Animals")
    test = page("data", project=project.id)
    test.file_uploader(key="data_file").upload("animals.zip", archive).run()
    assert not test.exception
    assert len(test.image) == 12
    assert not test.button(key="data_import").disabled


def test_which_frames_become_rows_is_asked(empty, page):
    from tests.data.test_collections import gif

    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("cat/1.gif", gif(3))
        packed.writestr("dog/2.png", png(2))
    project = projects.create(empty, "Animals")
    test = page("data", project=project.id)
    test.file_uploader(key="data_file").upload("animals.zip", content.getvalue()).run()
    assert "3 frames or pages" in test.error[0].value and test.button(key="data_import").disabled
    frames = next(radio for radio in test.radio if radio.key.startswith("data_frames"))
    frames.set_value("all").run()
    assert not test.exception and not test.error and not test.button(key="data_import").disabled
    assert len(test.image) == 4


def test_a_version_shows_its_images_by_class(empty, page, version):
    test = page("data", project=version.project_id)
    assert not test.exception
    assert len(test.image) == 12
    captions = [caption.value for caption in test.caption]
    assert "**cat** · 6" in captions and any("img onerror" in caption and "\\<" in caption for caption in captions)
    shown = test.dataframe[0].value["image"].tolist()
    assert shown[0] == gallery.address(version.id, datasets.table(empty, version.id)["image"][0])


def test_the_route_shows_images_of_versions_and_nothing_else(empty, version):
    cell = datasets.table(empty, version.id)["image"][0]
    with TestClient(Starlette(routes=routes())) as client:
        answer = client.get(gallery.address(version.id, cell, 128))
        assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
        assert "immutable" in answer.headers["cache-control"] and answer.content[8:12] == b"WEBP"
        for size in ("0", "-1", "x", "99999999999", "³"):
            assert client.get(f"/thumbnail/{version.id}/{cell}?size={size}").status_code == 200
        for address in (
            f"/thumbnail/{'0' * 32}/{cell}",
            f"/thumbnail/{version.id}/{cell.replace('.png', '.jpg')}",
            f"/thumbnail/{version.id}/..%2f..%2f{cell}",
            f"/thumbnail/{version.id}/%2e%2e/table.parquet",
            f"/thumbnail/{version.id}/images/{cell}",
        ):
            assert client.get(address).status_code == 404, address


def test_many_images_are_a_table(empty, version):
    from streamlit.testing.v1 import AppTest

    cell = datasets.table(empty, version.id)["image"][0]

    def script(version_id, cell):
        from workbench.ui import gallery
        from workbench.ui.opened import store

        gallery.show(store(), version_id, [(cell, f"number {number}") for number in range(gallery.FEW + 1)], "Animals")

    test = AppTest.from_function(script, args=(version.id, cell)).run()
    assert not test.exception and len(test.dataframe[0].value) == gallery.FEW + 1 and not test.image
    assert test.dataframe[0].value["image"][0].startswith("/thumbnail/")
