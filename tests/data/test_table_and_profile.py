"""Tables on disk come back as they were, and a profile knows what kind of columns they have."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.data.profiles import column_tally
from workbench.data.profiles import profile as profiles
from workbench.data.profiles.histogram import Spread
from workbench.data.profiles.profile import Profiler, profile_table
from workbench.data.tables import TABLE, TableWriter, content_hash, read_table, write_table
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
    begun = read_table(folder, first=2)
    assert begun.equals(read.head(2))


def test_a_damaged_table_says_so(tmp_path):
    (tmp_path / TABLE).write_bytes(b"PAR1 cut short")
    with pytest.raises(DataError, match="the table cannot be read"):
        read_table(tmp_path)


def test_the_hash_of_a_table_stays_what_it_was():
    # Versions are told apart by it: these are the values that were stored first.
    columns = table(a=["x", "yz", ""], ö=["", "1", "2"])
    counting = "290f1373e76367372f7d14b9014768b47f445eaeb85dea3f3c1950a32005cb24"
    assert content_hash(columns, pa.array([0, 1, 2])) == counting
    with_gaps = "d987fceb5c05e625be2ab607ffe70f8d8300a7fcbdacd9e12d8274ab2d5fe527"
    assert content_hash(columns, pa.array([0, 2, 5])) == with_gaps


@pytest.mark.parametrize("numbers", [[0, 1, 2, 3], [0, 1, 2, 9], [5, 6, 7, 8]])
def test_a_table_written_in_batches_has_the_hash_of_the_whole(tmp_path, numbers):
    whole = table(row=["a", "", "长", "d"], label=list("xyxy"))
    with TableWriter(tmp_path / TABLE, whole.column_names) as writer:
        (cells,) = whole.to_batches()
        for start, end in ((0, 1), (1, 1), (1, 4)):
            writer.write(cells[start:end], np.array(numbers[start:end], np.int64))
    assert writer.sha256() == content_hash(whole, pa.array(numbers))
    read = read_table(tmp_path)
    assert read.index.tolist() == numbers and read["row"].tolist() == ["a", "", "长", "d"]


def test_a_table_that_could_not_be_finished_is_not_there(tmp_path):
    with pytest.raises(ZeroDivisionError), TableWriter(tmp_path / TABLE, ["a"]) as writer:
        writer.write(table(a=["x"]).to_batches()[0], np.array([0]))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_tables_without_row_numbers_are_still_read(tmp_path):
    pq.write_table(table(a=["x", "y"]), tmp_path / TABLE)
    assert read_table(tmp_path)["a"].tolist() == ["x", "y"]


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


def in_batches(batch=1000, **columns):
    profiler = Profiler(list(columns))
    whole = table(**columns)
    for cells in whole.to_batches(max_chunksize=batch):
        profiler.add(cells)
    return profiler.profile()


CELL = st.one_of(st.sampled_from(["", " ", "a", "b", "1", "2.5", "007", "1e400"]), CELLS)


@settings(max_examples=100, deadline=None)
@given(cells=st.lists(CELL, min_size=1, max_size=60), batch=st.integers(1, 60), few=st.integers(1, 5))
def test_a_profile_is_the_same_however_rows_come(cells, batch, few):
    assert in_batches(batch, a=cells) == profile_table(table(a=cells))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(column_tally, "_FEW", few)  # beyond which values are told apart by their hashes only
        column, known = in_batches(batch, a=cells).columns[0], profile_table(table(a=cells)).columns[0]
    same = ("missing", "distinct", "mean_length", "max_length", "distinct_exact")
    assert [getattr(column, name) for name in same] == [getattr(known, name) for name in same]
    if known.kind != "category":  # which needs the values themselves only for its counts
        assert (column.kind, column.lengths, column.language) == (known.kind, known.lengths, known.language)


def test_distinct_values_are_a_lower_bound_in_long_columns(monkeypatch):
    monkeypatch.setattr(profiles, "_EXACT", 30_000)
    values = [f"a sentence with number {number}" for number in range(50_000)]
    long, short = in_batches(text=values).columns[0], in_batches(text=values[:25_000]).columns[0]
    assert (long.distinct, long.distinct_exact, long.kind) == (30_000, False, "text")
    assert (short.distinct, short.distinct_exact, short.kind) == (25_000, True, "text")
    few = in_batches(label=["a", "b"] * 25_000).columns[0]
    assert (few.distinct, few.distinct_exact, dict(few.counts)) == (2, True, {"a": 25_000, "b": 25_000})


def test_lengths_of_texts_are_counted():
    texts = [f"{word} " * count for word, count in (("ab", 1), ("cd", 2), ("ef", 3), ("gh", 40))]
    column = profile_table(table(text=[text.strip() for text in texts])).columns[0]
    assert dict(zip(column.lengths.edges, column.lengths.counts, strict=False)) == {
        2: 1,
        5: 2,
        10: 0,
        20: 0,
        50: 0,
        100: 1,
    }
    assert column.lengths.edges[-1] == 200 and column.numbers is None


@settings(max_examples=50, deadline=None)
@given(
    values=st.lists(st.floats(-1e6, 1e6) | st.integers(-100, 100), min_size=1, max_size=80), batch=st.integers(1, 80)
)
def test_numbers_are_counted_in_bins_that_hold_them(values, batch):
    spread = Spread()
    for start in range(0, len(values), batch):
        spread.add(np.array(values[start : start + batch], float))
    known = spread.numbers()
    assert (known.least, known.most) == (min(values), max(values))
    assert known.mean == pytest.approx(sum(values) / len(values), abs=1e-6)
    assert sum(known.histogram.counts) == len(values) and len(known.histogram.counts) <= 40
    slack = 1e-9 * max(map(abs, [*values, 1]))
    assert known.histogram.edges[0] <= known.least + slack and known.most <= known.histogram.edges[-1] + slack


def test_a_column_of_numbers_tells_their_spread():
    column = profile_table(table(price=[f"{number / 4}" for number in range(100)])).columns[0]
    assert (column.kind, column.numbers.least, column.numbers.most) == ("number", 0.0, 24.75)
    assert column.numbers.mean == pytest.approx(12.375) and sum(column.numbers.histogram.counts) == 100


def test_numbers_beyond_all_bounds_are_no_spread():
    assert profile_table(table(n=["1e308", "-1e308", "1", "2"])).columns[0].numbers is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The staff was friendly and we would come back to this place with our friends, it was not too noisy."),
        (
            "de",
            "Das Essen war sehr gut und der Service ist freundlich, aber wir mussten nicht auf die Rechnung warten.",
        ),
        (
            "fr",
            "Le service est très bon et les plats sont délicieux, mais nous avons attendu dans le froid.",
        ),
        ("es", "La comida es muy buena y el servicio no está mal, pero los precios son un poco altos para lo que es."),
        ("zh", "今天的服务非常好，下次还会来。质量太差了，不推荐购买，物流也很慢。"),
        ("ja", "今日はとても良い天気ですね。この製品はすぐに壊れました。返品したいです。"),
        ("ko", "서비스가 정말 좋았습니다. 다음에도 다시 방문하고 싶어요. 음식도 맛있었습니다."),
        ("ru", "Сегодня очень хорошая погода, и мы пошли гулять в парк вместе с друзьями."),
        ("uk", "Сьогодні дуже гарна погода, і ми пішли гуляти в парк із друзями її сім'ї."),
        ("ar", "كانت الخدمة ممتازة والطعام لذيذ جدا وسنعود مرة أخرى مع الأصدقاء"),
        ("", "xqzt brrr plok 12 34"),
        (
            "",
            "Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore",
        ),
        ("", "short"),
    ],
)
def test_the_language_of_texts_is_guessed_or_left_open(language, text):
    texts = [f"{number}. {text}" for number in range(4)]
    assert profile_table(table(text=texts)).columns[0].language == language


def test_a_profile_of_before_is_still_read():
    old = {
        "name": "text",
        "kind": "text",
        "missing": 0,
        "distinct": 3,
        "mean_length": 4.5,
        "max_length": 9,
        "examples": ["a", "b"],
        "counts": {},
        "notes": ["A note."],
    }
    (column,) = profiles.from_dict({"rows": 3, "columns": [old]}).columns
    assert column == profiles.ColumnProfile("text", "text", 0, 3, 4.5, 9, ("a", "b"), {}, ("A note.",))
    assert column.distinct_exact and column.lengths is None and column.language == ""


def test_a_profile_survives_json():
    profile = profile_table(table(label=["a", "b", "a"], text=["x y", "", "z"], price=["1.5", "2", "3"]))
    assert profiles.from_dict(json.loads(json.dumps(profiles.to_dict(profile)))) == profile
    assert profile.column("price").numbers and profile.column("text").lengths
    profile = profile_table(table(label=["a", "b", "a"], text=["x y", "", "z"]))
    assert profile_table(table(label=["a", "b", "a"], text=["x y", "", "z"]).to_pandas()) == profile
