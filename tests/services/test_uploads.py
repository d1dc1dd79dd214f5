"""Large files come in pieces: staged under a name of ours, whole or not there, never larger than allowed."""

import os
import time
from dataclasses import replace

import pytest

from workbench.errors import DataError, NotFound
from workbench.services import datasets, projects, uploads


def here(store):
    return sorted(path.name for path in store.settings.uploads.iterdir())


def test_pieces_become_a_file(store):
    id = uploads.begin(store, 10)
    assert uploads.add(store, id, 0, b"01234") == 5
    assert uploads.whole(store, id) is None
    assert uploads.add(store, id, 5, b"56789") == 10
    assert uploads.whole(store, id).read_bytes() == b"0123456789"
    assert here(store) == [id]


def test_a_piece_may_come_twice(store):
    id = uploads.begin(store, 6)
    uploads.add(store, id, 0, b"abc")
    uploads.add(store, id, 0, b"abc")
    uploads.add(store, id, 3, b"def")
    assert uploads.whole(store, id).read_bytes() == b"abcdef"


@pytest.mark.parametrize(("offset", "piece"), [(4, b"x"), (-1, b"x"), (0, b"1234567"), (3, b"4567")])
def test_a_piece_that_does_not_fit_is_refused(store, offset, piece):
    id = uploads.begin(store, 6)
    uploads.add(store, id, 0, b"abc")
    with pytest.raises(DataError, match="does not fit"):
        uploads.add(store, id, offset, piece)
    uploads.add(store, id, 3, b"def")
    assert uploads.whole(store, id).read_bytes() == b"abcdef"


def test_a_file_above_the_limit_is_refused_before_it_comes(store):
    limits = replace(store.settings.limits, large_upload_bytes=100)
    store.settings = replace(store.settings, limits=limits)
    for size in (101, 0, -1):
        with pytest.raises(DataError, match="FILE-LIMIT"):
            uploads.begin(store, size)
    assert uploads.begin(store, 100)


def test_a_file_that_the_disk_cannot_hold_is_refused(store, monkeypatch):
    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 600_000_000}))
    with pytest.raises(DataError, match="has 600 MB left; the file needs 200 MB"):
        uploads.begin(store, 200_000_000)
    assert here(store) == []


@pytest.mark.parametrize("id", ["../../etc/passwd", "", "*", "0" * 31, "g" * 32, "0" * 32])
def test_case_75_an_id_is_never_a_path(store, id):
    other = uploads.begin(store, 3)
    with pytest.raises(NotFound):
        uploads.add(store, id, 0, b"abc")
    assert uploads.whole(store, id) is None
    uploads.cancel(store, id)
    assert here(store) == [f"{other}-3.part"]


def test_a_cancelled_upload_is_gone(store):
    half, whole = uploads.begin(store, 4), uploads.begin(store, 4)
    uploads.add(store, half, 0, b"ab")
    uploads.add(store, whole, 0, b"abcd")
    uploads.cancel(store, half)
    uploads.cancel(store, whole)
    assert here(store) == []
    with pytest.raises(NotFound):
        uploads.add(store, half, 2, b"cd")


def test_case_68_half_an_upload_is_swept(store, tmp_path):
    old, fresh = uploads.begin(store, 100), uploads.begin(store, 100)
    uploads.add(store, old, 0, b"half")
    yesterday = time.time() - 25 * 3600
    os.utime(store.settings.uploads / f"{old}-100.part", (yesterday, yesterday))
    path = tmp_path / "x.csv"
    path.write_text("text,label\none,a\n")
    datasets.import_file(store, projects.create(store, "P").id, path, name="x")
    assert here(store) == [f"{fresh}-100.part"]


def test_pasted_text_that_a_killed_process_left_is_swept_too(store):
    left = store.settings.uploads / "tmp-left"
    left.mkdir(parents=True)
    (left / "pasted.txt").write_text("some text")
    assert datasets.sweep_uploads(store) == 0 and left.exists()
    old = time.time() - 25 * 3600
    os.utime(left, (old, old))
    assert datasets.sweep_uploads(store) == 1 and not left.exists()
