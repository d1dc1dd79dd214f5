"""Columns that say nothing, name the rows or hold far-off numbers are found; honest measurements are left alone."""

import random

import numpy as np
import pytest

from tests.findings.tables import evidence, found, kinds, of_table, texts

CHANCE = np.random.default_rng(3)
SIZES = [f"{size:.2f}" for size in CHANCE.normal(20, 3, 200)]
ANSWERS = ["yes", "no"] * 100


def test_constant_columns():
    there = of_table(size=SIZES, unit=["cm"] * 200, nothing=[""] * 200, mark=["x", ""] * 100, answer=ANSWERS)
    (finding,) = found(there, "constant-columns")
    assert finding.fix.step.model_dump() == {"step": "drop-columns", "columns": ["unit", "nothing"]}


def test_columns_that_name_the_rows():
    codes = [f"A-{number:05}" for number in random.Random(1).sample(range(90000), 200)]
    counted = [str(number + 7) for number in CHANCE.permutation(200)]
    whole = [str(number) for number in CHANCE.integers(0, 10**6, 200)]
    there = of_table(size=SIZES, code=codes, place=counted, population=whole, answer=ANSWERS)
    (finding,) = found(there, "id-columns")
    assert finding.fix.step.model_dump()["columns"] == ["code", "place"]


def test_a_number_far_from_all_others():
    sizes = ["NA", *SIZES[1:-2], "9999", "-500"]
    (finding,) = found(of_table(size=sizes, answer=ANSWERS), "outliers")
    assert (finding.count, finding.rows) == (2, ((198,), (199,)))
    assert finding.fix.step.model_dump() == {
        "step": "drop-outliers",
        "columns": ["size"],
        "method": "iqr",
        "limit": 3.0,
    }


@pytest.mark.parametrize(
    "values",
    [
        CHANCE.normal(0, 1, 2000),
        CHANCE.lognormal(8, 1.2, 2000),
        CHANCE.exponential(5, 2000),
        CHANCE.integers(0, 2, 2000),
        np.where(CHANCE.random(2000) < 0.9, 0, CHANCE.normal(50, 5, 2000)),
    ],
    ids=["normal", "incomes", "waiting", "two values", "mostly zero"],
)
def test_wide_columns_have_no_outliers(values):
    assert "outliers" not in kinds(of_table(value=[f"{value:.3f}" for value in values]))


def test_columns_that_the_model_does_not_read_raise_no_alarm():
    there = evidence(
        {
            "text": texts(200),
            "unit": ["cm"] * 200,
            "file": [f"f{number}.txt" for number in range(200)],
            "label": ANSWERS,
        },
        texts=["text"],
        features=["unit", "file"],
        reads_features=False,
        target="label",
    )
    (finding,) = found(there, "constant-columns")
    assert (finding.level, finding.fix) == ("info", None)
    assert "id-columns" not in kinds(there)
