"""Files on this machine: from allowed folders only, wherever links, dots and names lead."""

import os

import pytest

from workbench.data.sources import local_folders
from workbench.errors import DataError
from workbench.settings import Settings

ENDINGS = (".csv", ".txt")


@pytest.fixture
def home(tmp_path):
    """An allowed folder with files, a hidden folder, the store in it, and links that lead away."""
    home = tmp_path / "home"
    for folder in ("texts/deep", ".ssh", "work/store/inbox", "texts/.hidden"):
        (home / folder).mkdir(parents=True)
    files = ("b.csv", "A.CSV", "x.exe", ".env.csv", "texts/a.txt", ".ssh/id.txt", "work/store/workbench.csv")
    for name in (*files, "work/store/inbox/in.csv"):
        (home / name).write_text("text,label\n")
    (tmp_path / "outside.csv").write_text("secret\n")
    (home / "link.csv").symlink_to(tmp_path / "outside.csv")
    (home / "up").symlink_to(tmp_path)
    (home / "keys.csv").symlink_to(home / ".ssh" / "id.txt")
    (home / "inner.csv").symlink_to(home / "b.csv")
    (home / "gone.csv").symlink_to(home / "nothing")
    return home


@pytest.fixture
def settings(home):
    return Settings(home / "work" / "store", folders=(home, home / "no such folder"))


def test_folders_come_first_then_the_files_that_can_be_read(settings, home):
    found = local_folders.listing(settings, home, ENDINGS)
    assert [(place.name, place.is_folder) for place in found] == [
        *[("texts", True), ("work", True)],
        *[("A.CSV", False), ("b.csv", False), ("inner.csv", False)],
    ]
    assert found[2].bytes == 11
    assert [place.name for place in local_folders.listing(settings, home / "texts", ENDINGS)] == ["deep", "a.txt"]
    assert [place.path for place in local_folders.roots(settings)] == [home]


@pytest.mark.parametrize(
    "path",
    [
        *("link.csv", "up/outside.csv", "../outside.csv", "texts/../../outside.csv", "/etc/passwd", "gone.csv"),
        *(".ssh/id.txt", "keys.csv", ".env.csv", "texts/.hidden", "work/store/workbench.csv", "work/store", "nothing"),
        "b.csv\0x",
    ],
)
def test_case_75_paths_that_lead_elsewhere_are_refused(settings, home, path):
    for use in (local_folders.allowed, lambda settings, path: local_folders.listing(settings, path, ENDINGS)):
        with pytest.raises(DataError) as caught:
            use(settings, home / path)
        assert caught.value.code == "FOLDER-75" and caught.value.remedy


def test_what_is_allowed_is_the_file_itself(settings, home):
    assert local_folders.allowed(settings, home / "texts" / ".." / "inner.csv") == home / "b.csv"
    assert local_folders.allowed(settings, home / "work/store/inbox/in.csv").name == "in.csv"
    assert local_folders.allowed(settings, home / "texts") == home / "texts"


def test_other_folders_of_the_same_beginning_are_not_the_folder(tmp_path):
    for name in ("data", "data-of-others"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").write_text("x")
    settings = Settings(tmp_path / "store", folders=(tmp_path / "data",))
    assert local_folders.allowed(settings, tmp_path / "data" / "a.csv")
    with pytest.raises(DataError, match="WORKBENCH_FOLDERS"):
        local_folders.allowed(settings, tmp_path / "data-of-others" / "a.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_case_27_pipes_are_not_opened(settings, home):
    os.mkfifo(home / "pipe.csv")
    assert "pipe.csv" not in [place.name for place in local_folders.listing(settings, home, ENDINGS)]
    with pytest.raises(DataError, match="cannot be read"):
        local_folders.allowed(settings, home / "pipe.csv")
