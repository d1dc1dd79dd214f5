"""The quick way through a text table and the strict pass find the same: cells, numbers, problems, rows set aside."""

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workbench.data.formats import csv_batches
from workbench.data.formats.csv_blocks import BlockReader
from workbench.data.formats.csv_layout import CsvLayout
from workbench.data.formats.csv_rows import CsvRows
from workbench.data.read_options import ReadOptions
from workbench.data.tally import RowError
from workbench.settings import Limits

PIECES = [
    "a",
    "b c",
    "12",
    "é",
    "长",
    "😀",
    ",",
    ",",
    ";",
    "\n",
    "\n",
    "\r\n",
    '"',
    '""',
    '"',
    "'",
    "\r",
    "\0",
    "\ufeff",
    " ",
    "\x1a",
    "\\",
]
ROWS = ["a,b\n", '"a, ""b""","c\n\nd"\n', '"",\n', "x,y\r\n", "é,长\n", ",\n"]
MESSY = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
MOSTLY_FINE = st.lists(st.one_of(st.sampled_from(ROWS), st.sampled_from(ROWS), MESSY), max_size=20).map("".join)
LIMITS = Limits(cell_bytes=12, cells=40)


def layout(path, columns, **options):
    names = tuple("abcdefgh"[:columns])
    return CsvLayout(path, "x.csv", ReadOptions(**{"delimiter": ",", "encoding": "utf-8", **options}), names, 2, (), ())


def outcome(rows_of):
    """Rows with their numbers, problems, notes and rejected rows; of a file that cannot be read, what is said."""
    rejected = []
    try:
        rows, found = rows_of(lambda *row: rejected.append(row))
    except RowError as error:
        return error.problem
    return found, rows.good, rows.left_out, rows.problems, rows.notes, rejected


def strictly(layout, limits):
    def read(reject):
        rows = CsvRows(layout, limits, reject)
        return rows, [(number - layout.first_row, cells) for number, cells in rows]

    return outcome(read)


def quickly(layout, limits, large, small):
    def read(reject):
        rows = CsvRows(layout, limits, reject)
        found = []
        for batch in csv_batches.batches(rows, large, small):
            cells = zip(*(column.to_pylist() for column in batch.cells.columns), strict=True)
            found += zip(batch.numbers.tolist(), map(list, cells), strict=True)
        return rows, found

    return outcome(read)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(MESSY, MOSTLY_FINE),
    columns=st.integers(1, 3),
    large=st.integers(1, 64),
    small=st.integers(1, 16),
    quoting=st.booleans(),
    backslash=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    delimiter=st.sampled_from([",", ",", ";", "a", "é"]),
    broken=st.integers(0, 200),
)
@example('h,h\nx"y,1\n"z\nq",2\n', 2, 8, 1, True, False, "utf-8", ",", 0)
@example('h,h\nx",c\n"xy\nd",e\n', 2, 64, 4, True, False, "utf-8", ",", 0)
def test_both_ways_find_the_same(
    tmp_path, text, columns, large, small, quoting, backslash, encoding, delimiter, broken
):
    content = text.encode(encoding)
    if 4 <= broken < len(content):  # without its mark UTF-16 is refused before
        content = content[:broken] + b"\xff" + content[broken:]
    path = tmp_path / "x"
    path.write_bytes(content)
    found = layout(path, columns, quoting=quoting, backslash=backslash, encoding=encoding, delimiter=delimiter)
    assert quickly(found, LIMITS, large, small) == strictly(found, LIMITS)


BLOCKS = BlockReader(["a", "b"], ",", quoting=True, cell_bytes=100)


@pytest.mark.parametrize(
    "block",
    ["a,b\n", '"a","b"\n', '"a""b",\n', '"x\n\ny",b\r\n', '"",""', '"""",a\n', 'x""y,z\n', '"a\r\nb",c\n', ",\n"],
)
def test_a_block_in_order_takes_the_quick_way(block):
    assert BLOCKS.border(block.encode()) == block.rfind("\n") + 1
    assert BLOCKS.read(block.encode()).num_rows == 1


@pytest.mark.parametrize(
    "block",
    [
        "a\n",
        "a,b,c\n",
        "a,b\n\n",
        "\na,b\n",
        "a,b\r\n\r\nc,d\n",
        "a,b\rc,d\n",
        'a"b,c\n',
        '"a"b,c\n',
        '""a,b\n',
        '"a,b\n',
        "a\0,b\n",
        "\ufeffa,b\n",
        "a,b\n\ufeffc,d\n",
        "a,b\n\x1a",
        f"{'x' * 101},b\n",
        b"\xff,b\n",
        b"\xed\xb2\x80,b\n",
        b"",
    ],
)
def test_a_block_in_doubt_is_left_to_the_strict_pass(block):
    assert BLOCKS.read(block if isinstance(block, bytes) else block.encode()) is None


def test_blocks_end_where_records_do():
    block = b'a,b\nc,"d\ne\nf'
    assert BLOCKS.border(block) == 4
    assert BLOCKS.border(b'"a\nb') == 0
    assert BlockReader(["a"], ",", quoting=False, cell_bytes=100).border(block) == 11


def test_only_rows_near_a_problem_go_through_the_strict_pass(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_text("text,label\n" + "some words,a\n" * 50_000 + "short\n" + "more words,b\n" * 50_000)
    strict = CsvRows.strict
    slowly = []

    def watched(rows, source, size=None):
        for row in strict(rows, source, size):
            slowly.append(row)
            yield row

    monkeypatch.setattr(CsvRows, "strict", watched)
    rows = CsvRows(layout(path, 2), Limits())
    batches = list(csv_batches.batches(rows, 1 << 17, 1 << 12))
    assert rows.good == sum(len(batch.cells) for batch in batches) == 100_000
    assert rows.problems[0].where == 'x.csv, row 50002, column "b"'
    assert 0 < len(slowly) < 1_000
    assert pa.Table.from_batches([batch.cells for batch in batches]).column("b").value_counts().to_pylist() == [
        {"values": "a", "counts": 50_000},
        {"values": "b", "counts": 50_000},
    ]
    assert batches[-1].numbers[-1] == 100_000 and batches[-1].done == 1.0
