import errno
import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from workbench.artefacts import folders
from workbench.errors import ArtefactError
from workbench.training import checkpoints as checkpoints_module
from workbench.training.checkpoints import Checkpoints, Snapshot


def snapshot(step: int) -> Snapshot:
    model = {"weight": torch.full((3, 2), float(step)), "count": torch.tensor(step)}
    return Snapshot(step, {"note": "ä", "list": [1, 2.5, None]}, {"model": model, "optimizer": {}})


def steps(root) -> list[int]:
    return sorted(json.loads((folder / "state.json").read_text())["step"] for folder in root.glob("[!.]*"))


def test_what_is_saved_is_read(tmp_path):
    Checkpoints(tmp_path).save(snapshot(4), best=False)
    found = Checkpoints(tmp_path).latest()
    assert found.step == 4 and dict(found.values) == {"note": "ä", "list": [1, 2.5, None]}
    assert torch.equal(found.tensors["model"]["weight"], torch.full((3, 2), 4.0))
    assert dict(found.tensors["optimizer"]) == {}


def test_nothing_yet(tmp_path):
    assert Checkpoints(tmp_path / "none").latest() is None
    assert Checkpoints(tmp_path / "none").best() is None


def test_the_last_three_and_the_best_stay_and_everybody_is_told(tmp_path):
    saved, removed = [], []
    checkpoints = Checkpoints(tmp_path, saved=lambda *told: saved.append(told), removed=removed.append)
    for step in range(1, 8):
        checkpoints.save(snapshot(step), best=step in (1, 2))
    assert steps(tmp_path) == [2, 5, 6, 7]
    assert checkpoints.best().step == 2
    assert [(step, best) for step, _, best, _ in saved[:3]] == [(1, True), (2, True), (3, False)]
    assert all(size > 0 and len(folder) == 32 for _, folder, _, size in saved)
    assert removed == [saved[0][1], saved[2][1], saved[3][1]]


def test_two_saves_of_one_step_have_an_order(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(snapshot(5), best=False)
    second = checkpoints.save(snapshot(5), best=True)
    assert checkpoints.latest().step == 5
    assert checkpoints.best() is not None and (tmp_path / second).is_dir()


@pytest.mark.parametrize("step", ["weights", "fsync", "manifest", "rename", "fsync of the parent"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_case_52_a_disk_that_fails_at_any_step_of_a_save_leaves_what_was_there(tmp_path, monkeypatch, step, number):
    asked: list[int] = []
    checkpoints = Checkpoints(tmp_path, full=lambda size: (asked.append(size), monkeypatch.undo()))
    checkpoints.save(snapshot(1), best=False)
    failing = OSError(number, "the disk fails")
    if step == "weights":
        words = f"Error while serializing: I/O error: the disk fails (os error {number})"
        monkeypatch.setattr(checkpoints_module, "save_file", fails(SafetensorError(words)))
    elif step == "manifest":
        monkeypatch.setattr(folders, "write_manifest", fails(failing))
    elif step == "rename":
        monkeypatch.setattr(Path, "rename", fails(failing))
    else:
        flush, root = folders._fsync, tmp_path
        at_parent = step != "fsync"
        monkeypatch.setattr(
            folders, "_fsync", lambda path: fails(failing)() if (path == root) is at_parent else flush(path)
        )
    if number == errno.ENOSPC:
        checkpoints.save(snapshot(2), best=False)
        assert asked == [3 * 2 * 4 + 8]
        assert checkpoints.latest().step == 2
    else:
        with pytest.raises(ArtefactError, match="could not be written"):
            checkpoints.save(snapshot(2), best=False)
        monkeypatch.undo()
        assert not asked
        assert checkpoints.latest().step == (2 if step == "fsync of the parent" else 1)  # renamed, it is whole
    assert not any((tmp_path / folders.STAGING).iterdir())
    assert 1 in steps(tmp_path)


def fails(error):
    def work(*_: object, **__: object) -> None:
        raise error

    return work


@pytest.mark.parametrize("damage", ["truncate", "delete", "flip", "state", "manifest"])
def test_case_63_half_a_checkpoint_is_skipped_for_the_previous_and_said(tmp_path, damage):
    said = []
    checkpoints = Checkpoints(tmp_path, say=said.append)
    checkpoints.save(snapshot(10), best=False)
    newest = tmp_path / checkpoints.save(snapshot(20), best=False)
    weights = newest / "model.safetensors"
    content = weights.read_bytes()
    if damage == "truncate":
        weights.write_bytes(content[:-5])
    elif damage == "delete":
        weights.unlink()
    elif damage == "flip":
        weights.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif damage == "state":
        (newest / "state.json").write_text("{")
    else:
        (newest / "MANIFEST.json").unlink()
    assert checkpoints.latest().step == 10
    assert any("damaged and was skipped" in text for text in said)


def test_case_63_a_save_that_was_cut_off_never_counts(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(snapshot(10), best=False)
    (tmp_path / ".staging" / "left-over").mkdir(parents=True)
    (tmp_path / ".staging" / "left-over" / "model.safetensors").write_bytes(b"half")
    assert checkpoints.latest().step == 10


def test_case_52_only_what_was_left_half_written_goes(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    name = checkpoints.save(snapshot(10), best=True)
    (tmp_path / ".staging" / "left-over").mkdir(parents=True)
    checkpoints.clear_staging()
    assert not (tmp_path / ".staging").exists() and (tmp_path / name).is_dir()
    checkpoints.save(snapshot(11), best=False)
    assert checkpoints.latest().step == 11


def test_a_damaged_best_is_not_taken_for_whole(tmp_path):
    checkpoints = Checkpoints(tmp_path)
    name = checkpoints.save(snapshot(1), best=True)
    (tmp_path / name / "model.safetensors").write_bytes(b"")
    assert checkpoints.best() is None


def test_where_nothing_can_be_written_is_an_artefact_error(tmp_path):
    (tmp_path / ".staging").write_text("in the way")
    with pytest.raises((ArtefactError, OSError)):
        Checkpoints(tmp_path).save(snapshot(1), best=False)
