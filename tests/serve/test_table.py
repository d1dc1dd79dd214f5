"""Predictions for a whole table, as a file that is safe to open."""

import csv

import pandas as pd
import pytest

from workbench.errors import DataError
from workbench.serve import table
from workbench.serve.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(model):
    return Predictor(model)


def test_portions_do_not_change_the_answers(predictor):
    rows = pd.DataFrame({"message": [f"free {number}" for number in range(7)]})
    shares = []
    parts = table.predict(predictor, rows, 3, shares.append)
    whole = predictor.predict(rows)
    assert parts["prediction"].tolist() == whole["prediction"].tolist()
    assert parts["confidence"].tolist() == pytest.approx(whole["confidence"].tolist(), abs=1e-6)
    assert shares[-1] == 1.0


def test_case_77_cells_that_a_spreadsheet_would_run_are_defused(predictor, tmp_path):
    hostile = ['=HYPERLINK("http://x")', "+1", "-1+A2", "@SUM(A1)", "\tx", "\rx", "\nx", "plain", "a=b", "-1.5e3"]
    rows = pd.DataFrame({"message": hostile, "=name": hostile})
    table.write(tmp_path / "out.csv", rows, predictor.predict(rows))
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.reader(file))
    assert written[0][:3] == ["message", "'=name", "prediction"]
    for original, row in zip(hostile, written[1:], strict=True):
        expected = original if original in ("plain", "a=b", "-1.5e3") else f"'{original}"
        assert row[:2] == [expected, expected]
        assert 0 <= float(row[3]) <= 1


def test_a_column_of_the_same_name_is_not_overwritten(predictor, tmp_path):
    rows = pd.DataFrame({"message": ["a"], "prediction": ["mine"]})
    with pytest.raises(DataError, match="a column 'prediction' already"):
        table.write(tmp_path / "out.csv", rows, predictor.predict(rows))
    assert list(tmp_path.iterdir()) == []
