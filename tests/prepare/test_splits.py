"""Splits are partitions, reproducible, in the asked shares, with every label where it is needed."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workbench.errors import DataError
from workbench.prepare.splits import assign, split_table
from workbench.recipe import Split

LABELS = st.lists(st.sampled_from("aaaaaabbbcde"), min_size=3, max_size=120)
SHARES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)).map(
    lambda parts: tuple(part / sum(parts) for part in parts)
)


def parts_of(labels, shares, seed, **rest):
    try:
        return assign(len(labels), labels, shares, seed, **rest)
    except DataError as error:
        assert error.code == "SPLIT-02"
        assume(False)


@given(LABELS, SHARES, st.integers(0, 2**31))
def test_a_stratified_split(labels, shares, seed):
    parts = parts_of(labels, shares, seed)
    assert set(parts.tolist()) == {0, 1, 2}
    assert parts.tolist() == assign(len(labels), list(labels), shares, seed).tolist()
    counts = {label: np.bincount(parts[[one == label for one in labels]], minlength=3) for label in set(labels)}
    for label, rows in Counter(labels).items():
        assert counts[label][0] > 0
        assert rows < 3 or counts[label].min() > 0
        exact = rows * np.asarray(shares)
        if rows >= 3 and exact.min() >= 1:  # nothing had to be moved so that no part is without the label
            assert (abs(counts[label] - exact) < 1 + 1e-6).all()


@given(LABELS, SHARES, st.integers(0, 2**31))
def test_a_plain_split_teaches_every_label_too(labels, shares, seed):
    parts = parts_of(labels, shares, seed, stratify=False)
    assert {label for label, part in zip(labels, parts, strict=True) if part == 0} == set(labels)


@given(st.integers(3, 300), SHARES, st.integers(0, 99))
def test_a_split_without_labels_has_the_asked_shares(count, shares, seed):
    sizes = np.bincount(assign(count, None, shares, seed), minlength=3)
    assert sizes.min() > 0 and sizes.sum() == count
    exact = count * np.asarray(shares)
    assert exact.min() < 1 or (abs(sizes - exact) < 1 + 1e-6).all()


@pytest.mark.parametrize("rows", [4, 5, 7, 13])
def test_many_small_labels_do_not_favour_one_part(rows):
    labels = [f"label {number % 100}" for number in range(100 * rows)]
    sizes = np.bincount(assign(len(labels), labels, (0.6, 0.2, 0.2), 7))
    assert abs(sizes[1] - sizes[2]) <= 2


def test_other_seeds_give_other_splits():
    splits = {tuple(assign(100, ["a", "b"] * 50, (0.8, 0.1, 0.1), seed).tolist()) for seed in range(20)}
    assert len(splits) == 20


def test_a_split_of_known_rows_never_changes():
    """The figures of a stored recipe depend on it: raise the cache's format when this must change."""
    parts = assign(20, ["a", "b"] * 10, (0.6, 0.2, 0.2), 7)
    assert "".join(map(str, parts)) == "12100101200000002002"


def test_case_40_a_label_with_one_row_is_learned():
    parts = assign(31, ["a", "b"] * 15 + ["rare"], (0.8, 0.1, 0.1), 7)
    assert parts[-1] == 0


def test_case_42_no_label_is_only_in_test():
    labels = ["a"] * 50 + [f"rare {number}" for number in range(10)]
    for seed in range(10):
        parts = assign(len(labels), labels, (0.2, 0.1, 0.7), seed, stratify=False)
        assert (parts[50:] == 0).all()


def test_too_few_rows_are_refused():
    with pytest.raises(DataError, match="SPLIT-01: only 1 row is left"):
        assign(1, ["a"], (0.8, 0.1, 0.1), 7)
    with pytest.raises(DataError, match=r"SPLIT-02: the labels have so few rows that none is left for .* test"):
        assign(3, ["a", "b", "c"], (0.8, 0.1, 0.1), 7)


def test_parts_keep_the_order_and_the_numbers_of_their_rows():
    rows = pd.DataFrame({"text": [f"t{number}" for number in range(30)], "label": ["a", "b"] * 15})
    rows.index = range(100, 160, 2)
    split = split_table(rows, "label", Split(), 7)
    whole = pd.concat([split.train, split.validation, split.test])
    pd.testing.assert_frame_equal(whole.sort_index(), rows)
    assert all(part.index.is_monotonic_increasing for part in (split.train, split.validation, split.test))
