"""Which columns a network reads of a table, how, and what is said about the others; each finding by its code."""

import numpy as np
import pandas as pd
import pytest

from workbench import tasks
from workbench.data.profiles.profile import profile_table
from workbench.prepare.splits import Split
from workbench.tasks.table_columns import TableColumns, understand

LABELS, NUMBERS = tasks.by_name("tabular-classification"), tasks.by_name("tabular-regression")


def table(rows: int = 120, **columns) -> pd.DataFrame:
    draw = np.random.default_rng(4)
    plain = {
        "target": [("yes", "no")[row % 2] for row in range(rows)],
        "size": [f"{value:.3f}" for value in draw.normal(size=rows)],
        "colour": draw.choice(["red", "green", "blue"], rows).tolist(),
    }
    return pd.DataFrame({**plain, **columns}, dtype=object)


def read(**columns):
    rows = table(**columns)
    return understand(rows, [name for name in rows.columns if name != "target"])


def found(task, rows: pd.DataFrame):
    split = Split(rows.iloc[:80], rows.iloc[80:100], rows.iloc[100:])
    return {finding.code: finding for finding in task.check(split) if finding.code != "CHECK-ROWS"}


def test_numbers_categories_and_missing_cells_are_told_apart():
    sizes = [f"{row / 7:.2f}" if row % 9 else "" for row in range(120)]
    columns = read(size=sizes).columns
    assert columns.numbers == ("size",) and columns.flags == (0,)
    assert columns.categories[0].values == ("blue", "green", "red")
    values = columns.values(pd.DataFrame({"size": ["1.5", "", "x", "1e999"]}))
    assert values[0, 0] == 1.5 and np.isnan(values[1:]).all()
    codes = columns.codes(pd.DataFrame({"colour": ["blue", " red ", "pink", ""]}))
    assert codes[:, 0].tolist() == [1, 3, 0, 0]


def test_values_of_one_row_are_unknown_so_that_unknown_ones_are_learned():
    columns = read(colour=["rare", *["a", "b"] * 59, "a"]).columns
    assert columns.categories[0].values == ("a", "b")


def test_what_is_read_survives_json():
    import json

    columns = read(city=[f"city {row % 40}" for row in range(120)]).columns
    assert TableColumns.from_dict(json.loads(json.dumps(columns.to_dict()))) == columns


def test_more_values_than_an_embedding_has_fall_into_buckets():
    many = table(4400, code=[f"code {row % 1100}" for row in range(4400)])
    columns = understand(many, ["code"]).columns
    assert columns.hashed[0].buckets == 1000
    codes = columns.codes(many)
    assert codes.min() >= 0 and codes.max() < 1000 and codes[0] == codes[1100]


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["same"] * 120, "constant"),
        ([""] * 120, "constant"),
        ([f"2024-01-{row % 28 + 1:02}" for row in range(120)], "dates"),
        ([str(row + 1) for row in range(120)], "row numbers"),
        ([f"a sentence about {row}" for row in range(120)], "texts"),
    ],
)
def test_what_cannot_be_read_is_left_out_and_named(cells, why):
    assert read(odd=cells).left_out == {"odd": why}
    finding = found(LABELS, table(odd=cells))["TABLE-03"]
    assert finding.level == "warning" and "'odd'" in finding.what and finding.remedy


def test_case_39_one_label_or_one_number_blocks():
    assert found(LABELS, table(target=["yes"] * 120))["CHECK-39"].level == "error"
    assert found(NUMBERS, table(target=["3.5"] * 120))["CHECK-39"].level == "error"


def test_a_target_with_text_in_it_blocks_and_names_the_row():
    finding = found(NUMBERS, table(target=["1.5"] * 50 + ["about 2"] + ["2.5"] * 69))["TABLE-02"]
    assert finding.level == "error" and "'about 2' in row 51" in finding.what


def test_case_40_a_label_of_one_row_is_named():
    assert "'lonely'" in found(LABELS, table(target=["lonely", *["yes", "no"] * 59, "no"]))["CHECK-40"].what


def test_nothing_that_can_be_used_blocks():
    rows = table()[["target"]].assign(name=[f"name {row}" for row in range(120)])
    assert found(LABELS, rows)["TABLE-01"].level == "error"
    assert found(LABELS, rows[["target"]])["TABLE-01"].level == "error"


def test_a_feature_with_the_name_of_an_answer_blocks():
    assert "'prediction'" in found(LABELS, table(prediction=["x", "y"] * 60))["TABLE-08"].what


def test_a_feature_that_says_the_same_as_the_target_is_named():
    codes = found(LABELS, table(code=["1" if row % 2 else "0" for row in range(120)]))["TABLE-04"]
    assert "'code'" in codes.what
    amounts = [f"{row * 1.7:.2f}" for row in range(120)]
    cents = [f"{row * 170}" for row in range(120)]
    assert "'cents'" in found(NUMBERS, table(target=amounts, cents=cents))["TABLE-04"].what
    assert "TABLE-04" not in found(LABELS, table())


def test_cells_that_are_no_numbers_are_counted_and_the_first_is_named():
    cells = [f"{row * 1.3:.1f}" for row in range(120)]
    cells[7] = "n/a"
    finding = found(LABELS, table(size=cells))["TABLE-06"]
    assert "1 of 80 cells of 'size'" in finding.what and "'n/a' in row 8" in finding.what


def test_few_rows_warn_and_very_few_block():
    rows = table(30)
    some, few = Split(rows[:20], rows[20:25], rows[25:]), Split(rows[:6], rows[6:8], rows[8:])
    levels = [next(one.level for one in LABELS.check(split) if one.code == "TABLE-05") for split in (some, few)]
    assert levels == ["warning", "error"]


def test_labels_that_are_amounts_lead_to_regression():
    finding = found(LABELS, table(target=[f"{row / 3:.2f}" for row in range(60) for _ in "ab"]))["TABLE-07"]
    assert "tabular regression" in finding.remedy


def fits(rows: pd.DataFrame) -> dict[str, float]:
    profile = profile_table(rows)
    return {task.name: task.suits(profile).fit for task in tasks.TASKS}


def test_a_table_suits_the_task_of_its_likely_target():
    names = {"label": "tabular-classification", "amount": "tabular-regression"}
    flowers = table().rename(columns={"target": "species"})
    prices = table().assign(price=[f"{row * 37 % 101 + row / 10:.1f}" for row in range(120)]).drop(columns="target")
    for rows, wanted in ((flowers, names["label"]), (prices, names["amount"])):
        found = fits(rows)
        assert max(found, key=found.__getitem__) == wanted
    assert LABELS.suits(profile_table(flowers)).columns == {"target": "species"}
    assert NUMBERS.suits(profile_table(prices)).columns == {"target": "price"}


def test_texts_stay_with_text_classification():
    texts = [f"the delivery of parcel {row} took far longer than anybody had said it would" for row in range(120)]
    found = fits(table(review=texts))
    assert max(found, key=found.__getitem__) == "text-classification"


def test_a_table_without_a_target_suits_no_task_for_tables():
    found = fits(pd.DataFrame({"text": [f"only words {row}" for row in range(50)]}))
    assert found["tabular-classification"] == found["tabular-regression"] == 0
