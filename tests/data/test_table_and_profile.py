"""Tables on disk come back as they were, and a profile knows what kind of columns they have."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data import profile as profiles
from workbench.data.profile import profile_table
from workbench.data.tables import TABLE, content_hash, read_table, write_table
from workbench.errors import DataError

CELLS = st.text(st.characters(exclude_categories=["Cs"]))


def table(**columns):
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


@settings(max_examples=25, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1), gap=st.integers(0, 3))
def test_a_table_survives_the_disk(tmp_path_factory, rows, gap):
    folder = tmp_path_factory.mktemp("table")
    numbers = [number * (gap + 1) for number in range(len(rows))]
    written = table(row=[left for left, _ in rows], label=[right for _, right in rows])
    write_table(folder / TABLE, written, pa.array(numbers))
    read = read_table(folder)
    assert [tuple(row) for row in read.itertuples(index=False)] == rows
    assert read.index.tolist() == numbers and list(read.columns) == ["row", "label"]


def test_a_damaged_table_says_so(tmp_path):
    (tmp_path / TABLE).write_bytes(b"PAR1 cut short")
    with pytest.raises(DataError, match="the table cannot be read"):
        read_table(tmp_path)


def test_the_hash_knows_content_and_not_chunks():
    def hashed(chunks, numbers=(0, 1, 2)):
        column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())
        return content_hash(pa.table({"a": column}), pa.array(numbers))

    assert hashed([["x", "yz", ""]]) == hashed([["x"], ["yz", ""]])
    others = [hashed([["xy", "z", ""]]), hashed([["", "x", "yz"]]), hashed([["x", "yz", ""]], (0, 1, 3))]
    assert len({hashed([["x", "yz", ""]]), *others}) == 4


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("label", ["ham", "spam"] * 5, "category"),
        ("stars", ["1", "2", "3", "4", "5"] * 3, "category"),
        ("price", ["1.50", "2", "3e2", "-4", "5.25", "6"], "number"),
        ("year", [str(1900 + number) for number in range(30)], "number"),
        ("id", [str(number) for number in range(30)], "id"),
        ("order_id", [f"A-{number}" for number in range(30)], "id"),
        ("text", [f"A sentence, number {number}." for number in range(30)], "text"),
        ("text", ["今天的服务非常好", "质量太差了", "还可以吧", "不推荐"], "text"),
        ("empty", ["", " ", ""], "text"),
        ("zip", ["00501", "02134", "10001"] * 4, "category"),
    ],
)
def test_kinds_of_columns(name, values, kind):
    assert profile_table(table(**{name: values})).columns[0].kind == kind


def test_a_profile_counts():
    column = profile_table(table(label=["b", "a", "b", "", " ", "b"])).column("label")
    assert (column.missing, column.distinct, dict(column.counts)) == (2, 2, {"b": 3, "a": 1})
    assert list(column.counts) == ["b", "a"] and column.examples == ("b", "a")


def test_lengths_are_in_characters():
    column = profile_table(table(text=["长长", "😀", "abc", ""])).columns[0]
    assert (column.mean_length, column.max_length) == (2.0, 3)


def test_case_16_values_that_would_change_as_numbers_are_flagged():
    (note,) = profile_table(table(code=["7", "00501", "8"])).columns[0].notes
    assert "00501" in note and "kept as text" in note


def test_case_17_mixed_columns_are_counted_with_their_first_offender():
    values = [str(number) for number in range(19)] + ["unknown"]
    (note,) = profile_table(table(age=values)).columns[0].notes
    assert note == "19 of 20 cells are numbers; the first that is not is 'unknown'."


def test_a_profile_survives_json():
    profile = profile_table(table(label=["a", "b", "a"], text=["x y", "", "z"]))
    assert profiles.from_dict(profiles.to_dict(profile)) == profile
    assert profile_table(table(label=["a", "b", "a"], text=["x y", "", "z"]).to_pandas()) == profile
