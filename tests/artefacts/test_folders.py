"""A committed folder is whole; anything else is absent or refused by name."""

import hashlib
import json

import pytest

from workbench.artefacts import folders
from workbench.errors import ArtefactError


def make(root, name="one"):
    with folders.new_folder(root, name) as staged:
        (staged / "a.txt").write_text("alpha")
        (staged / "inner").mkdir()
        (staged / "inner" / "b.bin").write_bytes(b"\x00\x01")
    return root / name


def test_a_committed_folder_verifies(tmp_path):
    folder = make(tmp_path)
    assert set(folders.verify(folder)) == {"a.txt", "inner/b.bin"}
    assert folders.size(folder) > 7


def test_a_block_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="stop"), folders.new_folder(tmp_path, "one") as staged:
        (staged / "a.txt").write_text("alpha")
        raise ValueError("stop")
    assert not (tmp_path / "one").exists()
    assert list((tmp_path / folders.STAGING).iterdir()) == []


def test_an_existing_folder_is_never_overwritten(tmp_path):
    make(tmp_path)
    with pytest.raises(ArtefactError, match="exists already"):
        make(tmp_path)


def test_a_full_disk_leaves_nothing_and_says_what_to_do(tmp_path):
    with pytest.raises(ArtefactError, match="Free some room"), folders.new_folder(tmp_path, "one") as staged:
        (staged / "a.txt").write_text("alpha")
        raise OSError(28, "No space left on device")
    assert not (tmp_path / "one").exists()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "a.txt").write_text("alphabet"), ["a.txt", "expected 5 bytes, found 8"]),
        (lambda folder: (folder / "a.txt").write_text("alphA"), ["a.txt", "expected SHA-256"]),
        (lambda folder: (folder / "a.txt").unlink(), ["a.txt", "missing"]),
        (lambda folder: (folder / folders.MANIFEST).unlink(), [folders.MANIFEST, "missing or damaged"]),
        (lambda folder: (folder / folders.MANIFEST).write_text("[1"), ["missing or damaged"]),
    ],
)
def test_damage_is_found_and_named(tmp_path, damage, words):
    folder = make(tmp_path)
    damage(folder)
    with pytest.raises(ArtefactError) as caught:
        folders.verify(folder)
    for word in words:
        assert word in str(caught.value)


def test_a_manifest_that_points_outside_is_refused(tmp_path):
    folder = make(tmp_path)
    manifest = json.loads((folder / folders.MANIFEST).read_text())
    manifest["files"]["../secret"] = {"size": 1, "sha256": "0" * 64}
    (folder / folders.MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ArtefactError, match="outside"):
        folders.verify(folder)


def test_many_files_named_by_their_content_are_listed_without_reading_them(tmp_path):
    contents = [f"image {number}".encode() for number in range(300)]
    with folders.new_folder(tmp_path, "many") as staged:
        for content in contents:
            name = hashlib.sha256(content).hexdigest()
            (staged / "images" / name[:2]).mkdir(parents=True, exist_ok=True)
            (staged / "images" / name[:2] / f"{name}.png").write_bytes(content)
        (staged / "table.txt").write_text("alpha")
    entries = folders.verify(tmp_path / "many")
    assert len(entries) == 301 and entries["table.txt"].sha256 == hashlib.sha256(b"alpha").hexdigest()
    damaged = next((tmp_path / "many" / "images").glob("*/*"))
    damaged.write_bytes(b"IMAGE 1" + damaged.read_bytes()[7:])
    with pytest.raises(ArtefactError, match="expected SHA-256"):
        folders.verify(tmp_path / "many")
