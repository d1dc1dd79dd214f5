"""A large file in a real browser: it comes in pieces, is looked at, and imported; a cancelled one leaves nothing."""

import pytest
from playwright.sync_api import expect

from tests.browser.screen import PATIENCE
from workbench.services import datasets, projects

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def project(store):
    return projects.create(store, "Large files", numbered=True)


@pytest.fixture
def window(screen, project):
    window = screen(f"/data?project={project.id}")
    window.sees_title("1 Data")
    window.page.get_by_text("The file is larger than").click()
    expect(window.page.locator(".large-file")).to_be_visible(timeout=PATIENCE)
    return window


def test_a_large_file_comes_in_pieces_and_is_imported(window, store, project, tmp_path):
    path = tmp_path / "many songs.csv"
    path.write_text("text,label\n" + "".join(f"a song about river {n},{'ab'[n % 2]}\n" for n in range(700_000)))
    assert path.stat().st_size > 2 * (8 << 20)
    assert window.serious() == []
    window.page.locator(".large-file").set_input_files(path)
    window.sees("many songs.csv is here")
    window.sees("100,000 rows and more, 2 columns")
    window.press("Import data")
    expect(window.page.get_by_role("button", name="Use this data")).to_be_visible(timeout=PATIENCE)
    assert [version.rows for version in datasets.list_datasets(store, project.id)] == [700_000]
    assert list(store.settings.uploads.iterdir()) == []
    assert window.complaints == []


def test_a_cancelled_upload_leaves_nothing(window, store, project, tmp_path):
    path = tmp_path / "much.csv"
    with path.open("wb") as file:
        file.truncate(300 << 20)
    window.page.locator(".large-file").set_input_files(path)
    window.page.locator(".large-cancel").click()
    window.sees("The upload was cancelled; nothing was kept.")
    expect(window.page.locator(".large-state")).to_be_hidden()
    window.page.wait_for_timeout(500)
    assert list(store.settings.uploads.iterdir()) == []
    assert datasets.list_datasets(store, project.id) == []
