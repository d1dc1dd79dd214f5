"""Files are read in a child process: it answers like the reader itself, and its death is only a message."""

import subprocess
import sys
import time
from itertools import pairwise

import psutil
import pytest

from workbench.data import reading
from workbench.data.read_options import ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import ROOT, Limits


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x"
    path.write_text("text;label\nschön;a\ngrün;b\nkurz\n", encoding="utf-8")
    return path


def take(path, limits=None, **rest):
    into = path.parent / "into"
    into.mkdir(exist_ok=True)
    return reading.take(path, "colours.csv", ReadOptions(), limits or Limits(), into, **rest)


def test_a_preview_crosses_the_processes_whole(file):
    preview = reading.preview(file, "colours.csv", ReadOptions(), Limits())
    assert preview.options == ReadOptions(encoding="utf-8", delimiter=";")
    assert preview.head.to_dict("list") == {"text": ["schön", "grün"], "label": ["a", "b"]}
    (problem,) = preview.errors
    assert str(problem.error()).startswith('CSV-07 colours.csv, row 4, column "label": missing value')


def test_a_table_is_taken_in(file):
    taken = take(file, set_aside=True)
    assert (taken.rows, taken.set_aside, taken.columns) == (2, 1, ("text", "label"))
    assert read_table(file.parent / "into")["text"].tolist() == ["schön", "grün"]


def test_a_refusal_is_the_same_as_in_one_process(file):
    with pytest.raises(DataError, match=r"CSV-07 colours\.csv, row 4, column .label.: missing value"):
        take(file)


class Stop(Exception):
    """What a caller raises who has had enough."""


@pytest.fixture
def large(file):
    file.write_text("text,label\n" + "some words that were said,a\n" * 2_000_000, encoding="utf-8")
    return file


def test_progress_is_told_by_share_rows_and_time_left(large):
    heard = []
    assert take(large, progress=heard.append).rows == 2_000_000
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert [one.rows for one in heard] == sorted(one.rows for one in heard)
    (told, *_) = [one for one in heard if one.seconds_left is not None]
    assert 0 < told.done < 1 and 0 < told.rows <= 2_000_000 and told.seconds_left > 0


def test_what_the_caller_raises_ends_the_reading(large):
    children = psutil.Process().children
    before = set(children())

    def enough(progress):
        assert set(children()) - before, "it is reading"
        if progress.rows:
            raise Stop

    with pytest.raises(Stop):
        take(large, progress=enough)
    assert set(children()) - before == set()


def test_a_caller_can_stop_a_reader_that_says_nothing(file):
    asked = []

    def enough(progress):
        asked.append(time.monotonic())
        if len(asked) == 3:
            raise Stop

    with file.open("wb") as out:
        out.write(b"body,stars\n" + b"a text of some words,4\n" * 10_000)
        out.truncate(3_000_000_000)  # NUL characters follow: seconds pass before it is known what they are not
    with pytest.raises(Stop):
        take(file, progress=enough)
    assert max(later - earlier for earlier, later in pairwise(asked)) < 2


def test_a_large_file_may_take_longer(file):
    assert reading._patience(request(file)) == Limits().reader_seconds
    with file.open("ab") as out:
        out.truncate(1_000_000_000)
    assert reading._patience(request(file)) == 10 * Limits().reader_seconds


def request(path):
    return reading.Request(path, "colours.csv", ReadOptions(), Limits())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell the memory of children")
def test_the_memory_of_the_reader_does_not_grow_with_the_file(tmp_path):
    def peak(rows):
        path = tmp_path / "x.csv"
        with path.open("w") as out:
            for part in range(0, rows, 10_000):
                out.write("".join(f"words that were said number {part + n},{'abc'[n % 3]}\n" for n in range(10_000)))
        code = (
            "import resource, sys; from pathlib import Path; from tests.data.test_reading import take;"
            "take(Path(sys.argv[1])); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
        )
        done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=True)
        return int(done.stdout) * 1024

    assert peak(6_000_000) < peak(1_000_000) + 120_000_000  # of 195 MB more to read, and more as strings


def test_a_reader_that_needs_too_much_memory_is_stopped(file):
    file.write_text("text,label\n" + "word " * 10_000_000 + ",a\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"FILE-LIMIT colours\.csv: .* more memory than the limit of 150 MB"):
        take(file, Limits(reader_bytes=150_000_000, cell_bytes=10**9))


def test_a_reader_that_takes_too_long_is_stopped(file):
    with pytest.raises(DataError, match=r"FILE-LIMIT colours\.csv: reading it took more than 0\.01 seconds"):
        take(file, Limits(reader_seconds=0.01))


def test_a_missing_file_is_named(file):
    file.unlink()
    with pytest.raises(DataError, match=r"FILE-00 colours\.csv: there is no such file"):
        take(file)


def test_a_folder_that_cannot_be_written_is_said(file):
    with pytest.raises(DataError, match=r"FILE-52 colours\.csv: .*No such file or directory.* Nothing was imported"):
        reading.take(file, "colours.csv", ReadOptions(), Limits(), file.parent / "nowhere", set_aside=True)
