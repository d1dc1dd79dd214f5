"""Steps for tables learn what scikit-learn's transformers learn, from training rows, and treat odd cells with care."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import DataError
from workbench.prepare.balance_labels import BalanceLabels
from workbench.prepare.bin_numbers import BinNumbers
from workbench.prepare.clip_numbers import ClipNumbers
from workbench.prepare.drop_columns import DropColumns
from workbench.prepare.drop_duplicates import DropDuplicates
from workbench.prepare.drop_empty import DropEmpty
from workbench.prepare.drop_labels import DropLabels
from workbench.prepare.drop_missing import DropMissing
from workbench.prepare.drop_near_duplicates import DropNearDuplicates
from workbench.prepare.drop_outliers import DropOutliers
from workbench.prepare.encode_categories import EncodeCategories
from workbench.prepare.fill_missing import FillMissing
from workbench.prepare.filter_rows import Condition, FilterRows
from workbench.prepare.log_numbers import LogNumbers
from workbench.prepare.merge_labels import MergeLabels
from workbench.prepare.merge_rare_categories import MergeRareCategories
from workbench.prepare.prepared import clean_table, prepare_table
from workbench.prepare.roles import Roles
from workbench.prepare.sample_rows import SampleRows
from workbench.prepare.scale_numbers import ScaleNumbers
from workbench.prepare.split_dates import SplitDates
from workbench.prepare.splits import PARTS
from workbench.recipe import Split

ROLES = Roles({"label": "y"}, (), "label", features=())
NUMBERS = st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)), min_size=12, max_size=40)


def table(**columns):
    rows = len(next(iter(columns.values())))
    labels = ["ab"[number % 2] for number in range(rows)]
    return pd.DataFrame({**columns, "y": columns.get("y", labels)}, dtype="str")


def cells(values):
    return ["" if value is None else repr(value) for value in values]


def cleaned(rows, *steps, shares=None, roles=ROLES):
    return clean_table(rows, roles, steps, shares or Split(), 7)


def learned(rows, step):
    """What the step makes of the table, and which of its rows taught it."""
    made = cleaned(rows, step)
    assert made.parts is not None
    return made.rows, made.parts == PARTS.index("train")


def numbers(column):
    return np.asarray([float(cell) for cell in column])


@settings(max_examples=25, deadline=None)
@given(NUMBERS, st.sampled_from(["standard", "0 to 1", "-1 to 1", "robust"]))
def test_scaling_is_scikit_learns(values, method):
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    scaler = {
        "standard": StandardScaler(),
        "0 to 1": MinMaxScaler(),
        "-1 to 1": MinMaxScaler((-1, 1)),
        "robust": RobustScaler(),
    }[method]
    rows, train = learned(table(x=cells(values)), ScaleNumbers(method=method))
    column = np.asarray(values)[:, None]
    expected = scaler.fit(column[train]).transform(column)[:, 0]
    np.testing.assert_allclose(numbers(rows["x"]), expected, rtol=1e-6, atol=1e-6)


def test_a_column_of_one_value_is_only_moved():
    for method in ("standard", "0 to 1", "robust"):
        rows, _train = learned(table(x=["0.1"] * 30), ScaleNumbers(method=method))
        assert set(rows["x"]) == {"0.0"}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.none() | st.sampled_from([1.0, 2.0, 9.0, 10.0, 2.5, -3.0]), min_size=12, max_size=40),
    st.sampled_from(["median", "mean", "most frequent", "constant"]),
)
def test_filling_is_scikit_learns(values, how):
    from sklearn.impute import SimpleImputer

    given = table(x=cells(values))
    rows, train = learned(given, FillMissing(numbers=how, constant_number=7.0, constant="7"))
    column = np.asarray([np.nan if value is None else value for value in values])[:, None]
    if np.isnan(column[train]).all():  # nothing is known of the column: the constant
        assert set(rows["x"][given["x"] == ""]) == {"7"}
        return
    expected = SimpleImputer(strategy=how.replace(" ", "_"), fill_value=7.0).fit(column[train]).transform(column)
    np.testing.assert_allclose(numbers(rows["x"]), expected[:, 0], rtol=1e-9)
    filled = given["x"] != ""
    assert rows["x"][filled].tolist() == given["x"][filled].tolist()  # what is there stays as it was written


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["oak", "pine", "ash", ""]), min_size=12, max_size=40))
def test_filling_categories_is_scikit_learns(values):
    from sklearn.impute import SimpleImputer

    rows, train = learned(table(x=values), FillMissing(constant="none"))
    column = np.asarray(values, dtype=object)[:, None]
    if (column[train] == "").all():
        assert set(rows["x"][[value == "" for value in values]]) <= {"none"}
        return
    imputer = SimpleImputer(strategy="most_frequent", missing_values="")
    assert rows["x"].tolist() == imputer.fit(column[train]).transform(column)[:, 0].tolist()


def test_filling_may_say_what_was_missing():
    rows, _train = learned(table(x=["1", "2", ""] * 10, z=["a"] * 30), FillMissing(flag=True))
    assert list(rows.columns) == ["x", "x was missing", "z", "y"]
    assert rows["x was missing"].tolist() == ["0", "0", "1"] * 10


@settings(max_examples=25, deadline=None)
@given(NUMBERS, st.integers(2, 8), st.sampled_from(["equal rows", "equal width"]))
def test_ranges_are_scikit_learns(values, ranges, width):
    from sklearn.preprocessing import KBinsDiscretizer

    rows, train = learned(table(x=cells(values)), BinNumbers(columns=("x",), ranges=ranges, width=width))
    column = np.asarray(values)[:, None]
    if width == "equal width" and np.ptp(column[train]) == 0:
        assert rows["x"].nunique() <= 2
        return
    strategy = "quantile" if width == "equal rows" else "uniform"
    options = {"quantile_method": "linear"} if strategy == "quantile" else {}
    bins = KBinsDiscretizer(ranges, encode="ordinal", strategy=strategy, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that equal edges were merged
        expected = bins.fit(column[train]).transform(column)[:, 0]
    edges = np.concatenate(bins.bin_edges_)
    clear = np.abs(column - edges).min(axis=1) > 1e-6  # on an edge, rounding decides
    pairs = set(zip(rows["x"][clear], expected[clear], strict=True))
    if len(np.unique(column[train])) > ranges:
        assert len(pairs) == len({one for one, _ in pairs}) == len({other for _, other in pairs})


def test_ranges_are_written_as_people_read_them():
    rows, _train = learned(
        table(x=[str(number) for number in range(100)]), BinNumbers(columns=("x",), ranges=4, width="equal width")
    )
    assert len(set(rows["x"])) == 4
    assert rows["x"].iloc[0].startswith("below ") and rows["x"].iloc[-1].startswith("from ")
    assert " to " in rows["x"].iloc[50]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["oak", "pine", "ash", "elm"]), min_size=12, max_size=40), st.integers(2, 6))
def test_encoding_is_scikit_learns(values, seed):
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    column = np.asarray(values, dtype=object)[:, None]
    rows, train = learned(table(x=values), EncodeCategories())
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(column[train])
    made = rows[[f"x = {category}" for category in encoder.categories_[0]]]
    assert "x" not in rows
    np.testing.assert_array_equal(made.astype(float).to_numpy(), encoder.transform(column))
    rows, train = learned(table(x=values), EncodeCategories(method="ordinal"))
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1).fit(column[train])
    assert numbers(rows["x"]).tolist() == ordinal.transform(column)[:, 0].tolist()


def test_only_the_most_frequent_categories_get_a_column():
    values = ["a"] * 20 + ["b"] * 15 + ["c"] * 10 + ["d"]
    rows, _train = learned(table(x=values), EncodeCategories(most=2))
    assert list(rows.columns) == ["x = a", "x = b", "y"]
    assert rows.iloc[40].tolist()[:2] == ["0", "0"]


@settings(max_examples=25, deadline=None)
@given(NUMBERS, st.sampled_from([0.0, 0.05, 0.2]))
def test_clipping_is_between_the_quantiles_of_training_rows(values, share):
    rows, train = learned(table(x=cells(values)), ClipNumbers(share=share))
    column = np.asarray(values)
    low, high = np.quantile(column[train], [share, 1 - share])
    np.testing.assert_allclose(numbers(rows["x"]), column.clip(low, high), rtol=1e-9, atol=1e-9)


def test_the_logarithm_keeps_signs_and_what_is_no_number():
    made = cleaned(table(x=["0", "1", "-1", "abc", "", "1e300"]), LogNumbers(columns=("x",)))
    assert made.rows["x"].tolist()[:1] + made.rows["x"].tolist()[3:5] == ["0.0", "abc", ""]
    assert numbers(made.rows["x"][[1, 2, 5]]) == pytest.approx([np.log(2), -np.log(2), np.log1p(1e300)])


def test_outliers_go_from_training_rows_only_unless_asked():
    values = [str(number % 10) for number in range(100)]
    for place in range(0, 100, 7):
        values[place] = "5000"
    given = table(x=values)
    made = cleaned(given, DropOutliers())
    parts = cleaned(given, BalanceLabels(ratio=100)).parts
    far = given["x"] == "5000"
    assert made.rows.index.tolist() == given.index[~(far & (parts == 0))].tolist()
    assert not (cleaned(given, DropOutliers(everywhere=True)).rows["x"] == "5000").any()


@pytest.mark.parametrize(("method", "limit"), [("iqr", 1.5), ("z-score", 2.0)])
def test_far_is_what_the_method_says(method, limit):
    values = np.random.default_rng(1).normal(size=300)
    made = cleaned(table(x=cells(values.tolist())), DropOutliers(method=method, limit=limit, everywhere=True))
    train = values[cleaned(table(x=cells(values.tolist())), BalanceLabels(ratio=100)).parts == 0]
    first, third = np.quantile(train, [0.25, 0.75])
    low, high = first - limit * (third - first), third + limit * (third - first)
    if method == "z-score":
        low, high = train.mean() - limit * train.std(), train.mean() + limit * train.std()
    assert made.rows.index.tolist() == np.flatnonzero((values >= low) & (values <= high)).tolist()
    assert 0 < len(values) - len(made.rows) < 30


def test_an_empty_cell_is_no_outlier():
    given = table(x=["1", "2", "3", "", "2"] * 8)
    assert len(cleaned(given, DropOutliers(limit=0.5, everywhere=True)).rows["x"].eq("").to_numpy().nonzero()[0]) == 8


def test_rare_categories_become_one_and_unknown_ones_too():
    values = ["oak"] * 30 + ["pine"] * 20 + ["yew", "", "elm"]
    made = cleaned(table(x=values), MergeRareCategories(fewest=5, other="rare"))
    assert made.rows["x"].tolist() == ["oak"] * 30 + ["pine"] * 20 + ["rare", "", "rare"]


def test_dates_become_parts():
    values = ["2026-11-22", "2025-01-01T13:30:00", ""] * 10
    rows, _train = learned(table(d=values), SplitDates(parts=("year", "month", "weekday", "hour")))
    assert rows.iloc[:3, :4].to_numpy().tolist() == [
        ["2026", "11", "6", "0"],
        ["2025", "1", "2", "13"],
        ["", "", "", ""],
    ]


@pytest.mark.parametrize(
    ("cell", "order", "month"),
    [
        ("03/04/2026", "day first", "4"),
        ("03/04/2026", "month first", "3"),
        ("13/04/2026", "month first", "4"),
        ("2026年4月3日", "day first", "4"),
        ("3.4.2026", "day first", "4"),
        ("3 April 2026", "day first", "4"),
        ("Apr 3, 2026", "day first", "4"),
    ],
)
def test_the_way_of_writing_dates_is_found(cell, order, month):
    rows, _train = learned(table(d=[cell] * 12), SplitDates(parts=("month",), order=order))
    assert set(rows["d month"]) == {month}


def test_a_column_that_is_no_date_is_refused_by_name():
    with pytest.raises(DataError, match=r"column 'd' are not all dates.*Choose another column") as error:
        cleaned(table(d=["2026-01-02", "soon"] * 10), SplitDates(columns=("d",)))
    assert error.value.code == "PREP-03"


@pytest.mark.parametrize(
    ("test", "value", "kept"),
    [
        ("is", "OAK", [0]),
        ("is not", "oak", [1, 2, 3, 4]),
        ("contains", "a", [0, 2]),
        ("does not contain", "a", [1, 3, 4]),
        ("begins with", "1", [1]),
        ("is empty", "", [3]),
        ("is not empty", "", [0, 1, 2, 4]),
        ("is at least", "7", [1, 4]),
        ("is at most", "7", [4]),
        ("has at least so many characters", "3", [0, 2]),
        ("has at most so many characters", "2", [1, 3, 4]),
    ],
)
def test_conditions(test, value, kept):
    given = table(x=["Oak", "10", "ash", " ", "7"])
    if test == "is empty":
        given = given.replace(" ", "")
    assert (
        cleaned(given, FilterRows(conditions=(Condition(column="x", test=test, value=value),))).rows.index.tolist()
        == kept
    )


def test_conditions_are_combined():
    given = table(x=["a", "b", "c"], z=["1", "2", "3"])
    both = (Condition(column="x", value="a"), Condition(column="z", test="is at least", value="2"))
    assert cleaned(given, FilterRows(conditions=both)).rows.empty
    assert cleaned(given, FilterRows(conditions=both, combine="any")).rows.index.tolist() == [0, 1, 2]
    assert cleaned(given, FilterRows()).rows.index.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (
            {"column": "x", "test": "is at least", "value": "many"},
            r"'many' is no number.*column 'x'|column 'x'.*'many'",
        ),
        ({"column": "xs"}, r"no column 'xs' in a condition.*Did you mean 'x'\?"),
    ],
)
def test_a_wrong_condition_is_named(condition, said):
    with pytest.raises(DataError, match=said):
        cleaned(table(x=["a"], z=["1"]), FilterRows(conditions=(Condition(**condition),)))


def test_labels_are_merged_and_left_out():
    given = table(x=list("abcde"), y=["Pos", "pos ", "neg", "odd", "neg"])
    made = prepare_table(given, ROLES, [MergeLabels(labels={"Pos": "pos", "pos ": "pos", "odd": " "})], Split(), 7)
    assert made.class_counts == {"pos": 2, "neg": 2, "odd": 1}
    assert made.transforms == ()  # nobody is asked for the label of a new row
    assert cleaned(given, DropLabels(labels=("odd", "neg"))).rows.index.tolist() == [0, 1]


def test_balance_leaves_out_training_rows_of_large_labels():
    given = table(x=[str(number) for number in range(200)], y=["big"] * 180 + ["small"] * 20)
    made = prepare_table(given, ROLES, [BalanceLabels(ratio=2)], Split(), 7)
    small = (made.split.train["label"] == "small").sum()
    assert (made.split.train["label"] == "big").sum() == 2 * small
    assert (made.split.test["label"] == "big").sum() == 18


def test_a_sample_has_every_label_in_its_share():
    given = table(x=[str(number) for number in range(1000)], y=["big"] * 900 + ["small"] * 100)
    made = cleaned(given, SampleRows(rows=100))
    assert made.rows["y"].value_counts().to_dict() == {"big": 90, "small": 10}
    assert made.rows.index.tolist() != cleaned(given, SampleRows(rows=100, seed=8)).rows.index.tolist()


def test_rows_with_missing_values_go():
    given = table(x=["1", "", "3"], z=["a", "b", " "])
    assert cleaned(given, DropMissing()).rows.index.tolist() == [0]
    assert cleaned(given, DropMissing(columns=("x",))).rows.index.tolist() == [0, 2]
    assert cleaned(table(x=["1", "", ""], z=["", "b", ""]), DropEmpty()).rows.index.tolist() == [0, 1]


def test_equal_rows_are_equal_in_every_feature():
    given = table(x=["1", "1", "1"], z=["a", "a", "b"], y=["p", "q", "p"])
    assert cleaned(given, DropDuplicates()).rows.index.tolist() == [0, 2]
    assert cleaned(given, DropDuplicates(by="text and label")).rows.index.tolist() == [0, 1, 2]


def test_near_duplicates_keep_the_first():
    long = "The otter swims in the wide river under a sky of stars and sings of oak and pine all night"
    roles = Roles({"text": "x", "label": "y"}, ("text",), "label")
    given = table(
        x=[long, f"{long}!", "Something else altogether is written in this row", long.replace("otter", "Otter")]
    )
    assert cleaned(given, DropNearDuplicates(), roles=roles).rows.index.tolist() == [0, 2]


def test_columns_are_left_out_but_never_the_one_that_holds_the_answers():
    given = table(x=["1", "2"], z=["a", "b"])
    made = cleaned(given, DropColumns(columns=("z",)))
    assert list(made.rows.columns) == ["x", "y"] and made.roles.features == ("x",)
    with pytest.raises(DataError, match="'y' holds the answers") as error:
        cleaned(given, DropColumns(columns=("z", "y")))
    assert error.value.code == "PREP-05"


def test_a_chosen_column_that_is_not_there_names_the_nearest():
    with pytest.raises(DataError, match=r"no column 'hight'.*Did you mean 'height'\?"):
        cleaned(table(height=["1", "2", "3"] * 5), ScaleNumbers(columns=("hight",)))


def test_a_new_column_never_takes_the_place_of_another():
    given = table(d=["2026-11-22"] * 12, **{"d year": ["5"] * 12})
    with pytest.raises(DataError, match=r"step 'Dates into parts': the column 'd year' .* is there already") as error:
        cleaned(given, SplitDates(parts=("year",)))
    assert error.value.code == "PREP-04" and "Rename the column" in error.value.remedy


def test_the_split_reads_its_column_also_when_the_model_does_not():
    given = table(
        x=[str(number) for number in range(50)], day=[f"2026-01-{1 + number // 2:02d}" for number in range(50)]
    )
    by_time = Split(method="time", column="day")
    made = prepare_table(given, ROLES, [DropColumns(columns=("day",)), ScaleNumbers()], by_time, 7)
    assert list(made.split.test.columns) == ["label", "x"]
    assert made.split.test.index.min() > made.split.validation.index.max() > made.split.train.index.max()


def test_a_part_that_the_preparation_empties_is_said():
    given = table(x=[str(number) for number in range(30)])
    few = FilterRows(conditions=(Condition(column="x", test="has at most so many characters", value="1"),))
    with pytest.raises(DataError, match=r"SPLIT-02.*the preparation drops so many rows that none is left for"):
        prepare_table(given, ROLES, [BalanceLabels(ratio=100), few], Split(), 7)


def test_steps_that_learn_see_what_steps_before_them_made():
    given = table(x=["1", "", "3", "5"] * 8, kind=["a", "b", "b", ""] * 8)
    made = prepare_table(given, ROLES, [FillMissing(), ScaleNumbers(), EncodeCategories()], Split(), 7)
    assert list(made.split.train.columns) == ["label", "x", "kind = a", "kind = b"]
    assert numbers(made.split.train["x"]).mean() == pytest.approx(0, abs=1e-9)
    assert [one.function for one in made.transforms] == ["fill", "fill", "scale", "one_hot"]
    assert made.features == ("x", "kind")


def test_ranges_of_large_numbers_keep_names_of_their_own():
    rows = table(at=[str(1_700_000_000 + 60 * place) for place in range(100)])
    made, _ = learned(rows, BinNumbers(columns=("at",), ranges=5))
    assert made["at"].nunique() == 5


def test_numbers_too_large_to_be_scaled_are_told():
    rows = table(x=["1", "2", "1e308", "-1e308"] * 8)
    with pytest.raises(DataError, match=r"PREP-06.*'x' are too large"):
        cleaned(rows, ScaleNumbers())


def test_the_answers_are_no_feature():
    rows = table(x=list("123456"), y=list("234567"))
    with pytest.raises(DataError, match=r"PREP-05.*'y' holds the answers"):
        cleaned(rows, ScaleNumbers(columns=("y",)))
