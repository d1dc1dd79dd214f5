import os

import numpy as np

from workbench.artefacts import arrays
from workbench.artefacts.room import make_room


def entry(cache, name, size, age):
    path = cache / name
    if name.endswith("/"):
        path.mkdir(parents=True)
        (path / "array").write_bytes(b"x" * size)
    else:
        path.write_bytes(b"x" * size)
    used = 1_000_000_000 - age
    os.utime(path, (used, used))
    return path


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    old, folder, new = entry(tmp_path, "old", 40, 3), entry(tmp_path, "folder/", 40, 2), entry(tmp_path, "new", 40, 1)
    make_room(tmp_path, 80)
    assert [path.exists() for path in (old, folder, new)] == [False, True, True]
    make_room(tmp_path, 1)
    assert [path.exists() for path in (folder, new)] == [False, True]  # the newest stays, however large


def test_only_abandoned_staging_goes(tmp_path):
    abandoned = entry(tmp_path, ".abandoned/", 10, 0)
    (tmp_path / ".young").write_bytes(b"x")
    make_room(tmp_path, 0)
    assert not abandoned.exists() and (tmp_path / ".young").exists()


def test_arrays_are_limited_and_those_in_use_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(arrays, "LIMIT", 20_000)
    for key in ("a", "b"):
        arrays.write(tmp_path, key, {"x": np.zeros(1000)})
    for age, key in enumerate(("b", "a")):
        os.utime(tmp_path / "arrays" / key, (1_000 - age, 1_000 - age))
    held = arrays.read(tmp_path, "a")
    arrays.write(tmp_path, "c", {"x": np.zeros(1000)})
    assert [arrays.read(tmp_path, key) is not None for key in "abc"] == [True, False, True]
    assert held["x"].sum() == 0
