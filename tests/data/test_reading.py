"""Files are read in a child process: it answers like the reader itself, and its death is only a message."""

import pytest

from workbench.data import reading
from workbench.data.read_options import ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits


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
