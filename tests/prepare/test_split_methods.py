"""Splits by group, by time, by a column and into folds keep what they promise."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workbench.errors import DataError
from workbench.prepare.repeats import repeated
from workbench.prepare.splits import divide, split_table
from workbench.recipe import Split

NAMES = ("train", "validation", "test")


def table(rows=200, groups=40, seed=5):
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "who": [f"person {number}" for number in draw.integers(0, groups, rows)],
            "when": [f"2026-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}" for number in draw.permutation(rows)],
            "label": draw.choice(["a", "b", "c"], rows, p=[0.6, 0.3, 0.1]),
        },
        index=range(100, 100 + rows),
        dtype="str",
    )


def divided(rows, seed=7, label="label", **shares):
    return divide(rows, label, Split(**shares), seed)


def refused(rows, **shares):
    with pytest.raises(DataError) as error:
        divided(rows, **shares)
    return error.value


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from("abcdefghij"), min_size=3, max_size=120),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_groups_never_cross(groups, stratify, seed):
    assume(len(set(groups)) >= 3)
    rows = pd.DataFrame({"who": groups, "label": [("xy"[number % 2]) for number in range(len(groups))]}, dtype="str")
    parts = divided(rows, seed, method="group", column="who", stratify=stratify)
    assert set(parts.tolist()) == {0, 1, 2}
    of_group = {}
    for group, part in zip(groups, parts.tolist(), strict=True):
        assert of_group.setdefault(group, part) == part
    assert parts.tolist() == divided(rows, seed, method="group", column="who", stratify=stratify).tolist()


@pytest.mark.parametrize("stratify", [True, False])
def test_groups_come_close_to_the_shares_of_rows_and_labels(stratify):
    rows = table(2000, groups=400)
    parts = divided(rows, method="group", column="who", train=0.6, validation=0.2, test=0.2, stratify=stratify)
    np.testing.assert_allclose(np.bincount(parts) / len(rows), [0.6, 0.2, 0.2], atol=0.01)
    if stratify:
        for label, count in Counter(rows["label"]).items():
            shares = np.bincount(parts[(rows["label"] == label).to_numpy()]) / count
            np.testing.assert_allclose(shares, [0.6, 0.2, 0.2], atol=0.03)


def test_too_few_groups_are_refused_with_a_remedy():
    error = refused(table(groups=2), method="group", column="who")
    assert "so few groups (2)" in str(error) and "more different values" in error.remedy
    error = refused(table(groups=3), method="group", column="who", folds=5)
    assert "so few groups (3)" in str(error) and "fewer folds" in error.remedy


def test_training_is_older_than_validation_is_older_than_test():
    rows = table()
    parts = divided(rows, method="time", column="when", train=0.6, validation=0.2, test=0.2)
    assert np.bincount(parts).tolist() == [120, 40, 40]
    times = [rows["when"][parts == part] for part in range(3)]
    assert times[0].max() <= times[1].min() and times[1].max() <= times[2].min()


@pytest.mark.parametrize(
    "cells",
    [
        [str(number) for number in (9, 80, 700, 1, 20, 300, 4, 50, 600, 10)],  # numbers, not their digits, are ordered
        [f"{day}.{month}.2026" for month in (2, 1) for day in (10, 9, 2, 11, 1)],
        [f"2026-01-0{1 + number}T12:00:00+0{number}:00" for number in (4, 3, 2, 1, 0, 5, 6, 7, 8, 1)],
    ],
)
def test_time_is_read_from_numbers_and_dates(cells):
    from workbench.prepare.dates import seconds

    rows = pd.DataFrame({"when": cells}, dtype="str")
    parts = divided(rows, label=None, method="time", column="when", train=0.6, validation=0.2, test=0.2)
    at = seconds(rows["when"])
    assert at[parts == 0].max() <= at[parts == 1].min() <= at[parts == 1].max() <= at[parts == 2].min()
    assert len(set(at.tolist())) > 8


@pytest.mark.parametrize(
    ("cell", "said"), [("soon", "'soon' is neither a number nor a date"), ("", "the cell is empty: it says no time")]
)
def test_a_cell_without_a_time_is_named_by_row_and_column(cell, said):
    rows = table()
    rows.loc[142, "when"] = cell
    error = refused(rows, method="time", column="when")
    assert (error.code, error.where) == ("SPLIT-04", 'row 143, column "when"')
    assert said in str(error) and "2026-11-22" in error.remedy


@pytest.mark.parametrize(
    "names",
    [
        ("train", "validation", "test"),
        ("Training", "dev", "Eval "),
        ("训练集", "验证", "测试"),
        ("TRN", "val", "holdout"),
    ],
)
def test_a_column_may_name_the_parts(names):
    rows = table(60).assign(part=[names[number % 3] for number in range(60)])
    assert divided(rows, method="column", column="part").tolist() == [0, 1, 2] * 20


def test_validation_is_taken_from_training_where_no_row_is_named_so():
    rows = table(200).assign(part=["test" if number % 4 == 0 else "train" for number in range(200)])
    parts = divided(rows, method="column", column="part", train=0.6, validation=0.2, test=0.2)
    assert (parts[::4] == 2).all() and not (parts.reshape(-1, 4)[:, 1:] == 2).any()
    assert np.bincount(parts).tolist() == [113, 37, 50] or abs(np.bincount(parts)[1] - 37.5) < 1
    assert set(rows["label"][parts == 1]) == {"a", "b", "c"}


def test_a_cell_that_names_no_part_is_named_by_row_and_column():
    rows = table(60).assign(part=["train", "test"] * 30)
    rows.loc[107, "part"] = "tets"
    error = refused(rows, method="column", column="part")
    assert (error.code, error.where) == ("SPLIT-03", 'row 108, column "part"')
    assert "'tets' is no part of a split (1 such rows)" in str(error) and "split at random" in error.remedy


def test_a_column_without_test_rows_is_refused():
    error = refused(table(60).assign(part="train"), method="column", column="part")
    assert "none is left for test" in str(error) and "Name rows for every part" in error.remedy


@pytest.mark.parametrize("method", ["group", "time", "column"])
def test_a_wrong_column_names_the_nearest(method):
    error = refused(table(), method=method, column="whom")
    assert "no column 'whom' for the split" in str(error) and "Did you mean 'who'?" in error.remedy


@pytest.mark.parametrize("folds", [2, 5, 10])
@pytest.mark.parametrize("stratify", [True, False])
def test_every_row_is_a_test_row_of_exactly_one_fold(folds, stratify):
    rows = table(203)
    cuts = [divided(rows, folds=folds, fold=fold, stratify=stratify) for fold in range(folds)]
    assert (np.sum([parts == 2 for parts in cuts], axis=0) == 1).all()
    sizes = [int((parts == 2).sum()) for parts in cuts]
    assert max(sizes) - min(sizes) <= 1
    for parts in cuts:
        assert set(parts.tolist()) == {0, 1, 2}
        assert np.bincount(parts)[1] == pytest.approx((203 - sizes[0]) / 9, abs=2)
        if stratify:
            for label, count in Counter(rows["label"]).items():
                here = ((rows["label"] == label).to_numpy() & (parts == 2)).sum()
                assert abs(here - count / folds) < 1 + 1e-9


def test_folds_stay_equal_with_many_rare_labels():
    rows = table(200).assign(label=[f"label {number // 2}" for number in range(200)]).astype("str")
    sizes = [int((divided(rows, folds=5, fold=fold) == 2).sum()) for fold in range(5)]
    assert sizes == [40] * 5


def test_folds_by_group_keep_groups_together():
    rows = table(300)
    cuts = [divided(rows, folds=4, fold=fold, method="group", column="who") for fold in range(4)]
    assert (np.sum([parts == 2 for parts in cuts], axis=0) == 1).all()
    for parts in cuts:
        of_group = pd.Series(parts).groupby(rows["who"].to_numpy()).nunique()
        assert (of_group == 1).all()


@pytest.mark.parametrize(
    "shares",
    [
        {},
        {"method": "group", "column": "who"},
        {"folds": 5, "fold": 2},
        {"folds": 3, "method": "group", "column": "who"},
    ],
)
def test_a_seed_settles_the_split(shares):
    rows = table()
    assert divided(rows, 7, **shares).tolist() == divided(rows.copy(), 7, **shares).tolist()
    assert divided(rows, 7, **shares).tolist() != divided(rows, 8, **shares).tolist()


def test_case_44_rows_that_are_taught_and_tested_are_counted():
    rows = table(200).assign(text=[f"text {number % 150}" for number in range(200)]).astype("str")
    split = split_table(rows, "label", Split(), 7)
    taught = set(split.train["text"])
    held_out = [*split.validation["text"], *split.test["text"]]
    assert repeated(split, ["text"]) == sum(text in taught for text in held_out) > 0
    assert repeated(split, ["text", "when", "who"]) == 0
