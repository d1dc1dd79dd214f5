"""A Parquet file read in batches becomes the same table as row by row, whatever its types and wherever it is wrong."""

import datetime
import decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.data.batches import batches
from workbench.data.formats import parquet_format, parquet_rows
from workbench.data.read_options import ReadOptions
from workbench.data.tally import RowError
from workbench.settings import Limits

TYPED = {
    "text": pa.array(["a", None, "长", "", 'x "y"']),
    "large": pa.array(["a", None, "c", "d", "e"], pa.large_string()),
    "whole": pa.array([1, None, -3, 10**15, 0], pa.int64()),
    "real": pa.array([1.0, None, 0.1, 1e300, float("nan")]),
    "single": pa.array([0.5, None, 2.25, 1, 3], pa.float32()),
    "yes": pa.array([True, None, False, True, True]),
    "day": pa.array([datetime.date(2024, 2, 29), None, *[datetime.date(1999, 1, 1)] * 3]),
    "time": pa.array([datetime.datetime(2024, 2, 29, 12, 30), None, *[datetime.datetime(1, 1, 1, 0, 0, 0, 5)] * 3]),
    "took": pa.array([datetime.timedelta(hours=26), None, *[datetime.timedelta(seconds=1)] * 3]),
    "price": pa.array([decimal.Decimal("1.50"), None, *[decimal.Decimal("-3.25")] * 3]),
    "label": pa.array(["x", None, "y", "x", "x"]).dictionary_encode(),
    "tags": pa.array([["a", "b"], None, [], ["c"], [None]]),
    "in": pa.array([{"x": 1, "y": [2]}, None, {"x": None, "y": []}, {"x": 3, "y": None}, {"x": 4, "y": [5]}]),
}


def read(path, limits=None):
    """Rows and what is said of them, once row by row and once in batches."""
    found = []
    for way in ("rows", "batches"):
        layout = parquet_format.inspect(path, "x.parquet", ReadOptions(), Limits())
        rejected = []
        rows = layout.rows(limits or Limits(), lambda *row, kept=rejected: kept.append(row), None)
        if way == "rows":
            cells = [(number - 1, row) for number, row in rows]
        else:
            cells = []
            for batch in batches(rows, layout):
                columns = (column.to_pylist() for column in batch.cells.columns)
                cells += zip(batch.numbers.tolist(), map(list, zip(*columns, strict=True)), strict=True)
        found.append((cells, rows.good, rows.left_out, rows.problems, rows.notes, rejected))
    return found


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_all_types_are_read_alike(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(parquet_rows, "_ROWS", at_once)
    pq.write_table(pa.table(TYPED), tmp_path / "x")
    by_row, by_batch = read(tmp_path / "x")
    assert by_batch == by_row
    cells = by_row[0]
    assert cells[0][1][:7] == ["a", "a", "1", "1", "0.5", "true", "2024-02-29"]
    assert cells[0][1][7:] == ["2024-02-29T12:30:00", "26:00:00", "1.50", "x", '["a", "b"]', "1", "[2]"]
    assert set(cells[1][1]) == {""}


@pytest.mark.parametrize("wrong", ["a\0b", "x" * 101])
@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_a_row_that_cannot_be_kept_is_told_apart_in_its_batch(tmp_path, monkeypatch, wrong, at_once):
    monkeypatch.setattr(parquet_rows, "_ROWS", at_once)
    texts = [f"text {number}" for number in range(20)]
    texts[7] = wrong
    pq.write_table(pa.table({"text": texts, "n": range(20)}), tmp_path / "x")
    by_row, by_batch = read(tmp_path / "x", Limits(cell_bytes=100))
    assert by_batch == by_row
    _, good, left_out, (problem,), _, rejected = by_batch
    assert (good, left_out) == (19, 1) and problem.where == 'x.parquet, row 8, column "text"'
    assert rejected[0][0] == 8


def test_the_limit_of_cells_holds_in_batches(tmp_path):
    pq.write_table(pa.table({"text": ["a"] * 30, "n": range(30)}), tmp_path / "x")
    layout = parquet_format.inspect(tmp_path / "x", "x.parquet", ReadOptions(), Limits())
    with pytest.raises(RowError, match="more than 40 cells") as caught:
        list(batches(layout.rows(Limits(cells=40), None, None), layout))
    assert caught.value.problem.where == "x.parquet, row 21"


def test_texts_that_are_not_utf8_are_named(tmp_path):
    broken = pa.array([b"fine", b"\xff\xfe"]).view(pa.string())
    pq.write_table(pa.table({"text": broken}), tmp_path / "x")
    layout = parquet_format.inspect(tmp_path / "x", "x.parquet", ReadOptions(), Limits())
    with pytest.raises(RowError, match="cannot be written as text") as caught:
        list(batches(layout.rows(Limits(), None, None), layout))
    assert caught.value.problem.where == 'x.parquet, column "text", rows 1 to 2'
