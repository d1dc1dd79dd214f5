"""Every way in which a workbook, JSON or Parquet file can be wrong: named with its place, and nothing half-imported."""

import csv
import datetime
import json
import re
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.data import reader, reading
from workbench.data.read_options import ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits

ROWS = [["text", "label"], ["one", "a"], ["two", "b"], ["three", "a"]]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


class Desk:
    """A folder with one file to read, under a name of ours; ``name`` is what people call it."""

    def __init__(self, folder):
        self.path = folder / "upload"
        self.into = folder / "into"
        self.into.mkdir()
        self.name = ""

    def holds(self, name, content):
        self.name = name
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def holds_json(self, value, name="reviews.json"):
        return self.holds(name, json.dumps(value, indent=1, ensure_ascii=False))

    def holds_book(self, *rows, sheet="Data", change=None, name="reviews.xlsx"):
        """A workbook whose first sheet has these rows; ``change`` may do more to it."""
        book = openpyxl.Workbook()
        book.active.title = sheet
        for row in rows or ROWS:
            book.active.append(row)
        if change:
            change(book.active)
        self.name = name
        book.save(self.path)
        return self

    def holds_parquet(self, table, name="reviews.parquet"):
        self.name = name
        pq.write_table(table if isinstance(table, pa.Table) else pa.table(table), self.path)
        return self

    def rewrites(self, part, change):
        """Change one part of the workbook's zip; None takes it away."""
        with zipfile.ZipFile(self.path) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
        parts[part] = change(parts.get(part, b""))
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in parts.items():
                if content is not None:
                    archive.writestr(name, content)
        return self

    def preview(self, **options):
        return reader.look(self.path, self.name, ReadOptions(**options), Limits(), head=50)

    def take(self, *, set_aside=False, limits=None, **options):
        for old in self.into.iterdir():
            old.unlink()
        return reader.take(
            self.path, self.name, ReadOptions(**options), limits or Limits(), self.into, set_aside=set_aside
        )

    def table(self, **rest):
        self.take(**rest)
        return read_table(self.into)

    def refused(self, **rest):
        with pytest.raises(DataError) as caught:
            self.take(**rest)
        assert not (self.into / "table.parquet").exists()
        assert caught.value.remedy
        return str(caught.value)

    def rejects(self):
        with (self.into / "rejects.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


@pytest.fixture(params=["csv", "jsonl", "json", "columns", "xlsx", "parquet"])
def written(request, desk):
    """The same table in every format."""
    records = [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]
    match request.param:
        case "csv":
            return desk.holds("reviews.csv", "".join(",".join(row) + "\n" for row in ROWS))
        case "jsonl":
            return desk.holds("reviews.jsonl", "".join(json.dumps(record) + "\n" for record in records))
        case "json":
            return desk.holds_json(records)
        case "columns":
            return desk.holds_json({name: [record[name] for record in records] for name in ROWS[0]})
        case "xlsx":
            return desk.holds_book()
        case _:
            return desk.holds_parquet(pa.Table.from_pylist(records))


def test_every_format_makes_the_same_table(written):
    table = written.table()
    assert table.to_dict("list") == {"text": ["one", "two", "three"], "label": ["a", "b", "a"]}
    assert table.index.tolist() == [0, 1, 2]
    preview = written.preview()
    assert preview.head.equals(table) and preview.rows == 3 and preview.complete and not preview.problems
    assert sorted(path.name for path in written.into.iterdir()) == ["profile.json", "table.parquet"]


def test_every_format_crosses_the_processes(written):
    assert reading.preview(written.path, written.name, ReadOptions(), Limits()) == written.preview()
    assert reading.take(written.path, written.name, ReadOptions(), Limits(), written.into).rows == 3


def test_columns_may_be_given_other_names(written):
    assert written.table(names=("body", "stars")).columns.tolist() == ["body", "stars"]
    assert "3 names are given for 2 columns" in written.refused(names=("a", "b", "c"))


def test_the_number_of_cells_is_limited(written):
    message = written.refused(limits=Limits(cells=3))
    assert ("-18 reviews." in message and "limit is 3" in message) or "more than 3 cells" in message


def test_case_13_too_many_columns(desk):
    limits = Limits(columns=3)
    wide = {f"c{number}": ["x"] for number in range(4)}
    record = dict.fromkeys(wide, "x")
    message = desk.holds("a.jsonl", json.dumps({"a": 1}) + "\n" + json.dumps(record) + "\n").refused(limits=limits)
    assert message.startswith("JSONL-13 a.jsonl, line 2: ") and "the limit is 3" in message
    assert desk.holds_json([record]).refused(limits=limits).startswith("JSON-13 reviews.json, record 1: ")
    assert desk.holds_parquet(wide).refused(limits=limits).startswith("PARQUET-13 reviews.parquet: the table has 4")
    message = desk.holds_book(list(wide)).refused(limits=limits)
    assert message.startswith('XLSX-13 reviews.xlsx, sheet "Data", cell D1: ') and "4 columns" in message


def test_case_14_a_huge_cell_is_located(desk):
    huge = [{"text": "fine", "label": "a"}, {"text": "長" * 40, "label": "b"}]
    limits = Limits(cell_bytes=100)
    message = desk.holds_json(huge).refused(limits=limits)
    assert message.startswith('JSON-14 reviews.json, record 2 (line 6), column "text": the cell has 120 bytes')
    assert desk.table(limits=limits, set_aside=True)["label"].tolist() == ["a"]
    desk.holds_book(*[list(record.values()) for record in [{"a": "text", "b": "label"}, *huge]])
    assert desk.refused(limits=limits).startswith('XLSX-14 reviews.xlsx, sheet "Data", cell A3: the cell has 120 bytes')


def test_case_16_numbers_stay_as_they_were_written(desk):
    numbers = ["00501", "12345678901234567890123", "1e400", "-0.10", "1.0", "0.1", "NaN"]
    lines = [f'{{"n": {number}, "s": "{number}"}}\n' for number in numbers[1:]]
    table = desk.holds("a.jsonl", "".join(lines)).table()
    assert table["n"].tolist() == table["s"].tolist() == numbers[1:]
    desk.holds_json({"n": [1, 2.5, [1.0, 1e22]]})
    assert desk.table()["n"].tolist() == ["1", "2.5", "[1.0, 1e+22]"]


def test_case_16_a_workbook_shows_what_people_see(desk):
    def change(sheet):
        sheet["B2"].number_format = "00000"
        sheet["C2"].number_format = "yyyy-mm-dd"

    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    row = [3.0, 501, datetime.datetime(2024, 1, 2), True, moment, 0.1, datetime.time(6, 30), "NA"]
    desk.holds_book([f"c{place}" for place in range(8)], row, change=change)
    assert desk.table().iloc[0].tolist() == [
        *["3", "00501", "2024-01-02", "true", "2024-05-06T07:08:09", "0.1", "06:30:00", "NA"]
    ]


def test_case_16_a_time_that_a_workbook_does_not_show_is_kept(desk):
    def change(sheet):
        sheet["A2"].number_format = "yyyy-mm-dd"
        sheet["B2"].number_format = "mm:ss.0"

    desk.holds_book(["a", "b"], [datetime.datetime(2024, 1, 2, 18), datetime.datetime(2023, 3, 15, 18)], change=change)
    assert desk.table().iloc[0].tolist() == ["2024-01-02T18:00:00", "2023-03-15T18:00:00"]


def test_case_16_typed_columns_are_written_plainly(desk):
    day = datetime.datetime(2024, 1, 2, 3, 4, 5)
    table = pa.table(
        {
            "whole": pa.array([1.0, None]),
            "big": pa.array([12345678901.0, 0.1]),
            "short": pa.array([0.1, 2.0], pa.float32()),
            "exact": pa.array([1, None], pa.decimal128(5, 2)),
            "yes": [True, None],
            "day": [day.date(), None],
            "second": pa.array([day, None], pa.timestamp("ns")),
            "zoned": pa.array([day, None], pa.timestamp("us", "UTC")),
            "named": pa.array(["x", None]).dictionary_encode(),
            "list": [[1, None], None],
            "in": [{"side": {"deep": 1}, "flat": "f"}, None],
            "bytes": [b"plain", None],
        }
    )
    found = desk.holds_parquet(table).table()
    assert found.columns.tolist()[-4:] == ["list", "in.side.deep", "in.flat", "bytes"]
    assert found.iloc[0].tolist() == [
        *["1", "12345678901", "0.1", "1.00", "true", "2024-01-02", "2024-01-02T03:04:05", "2024-01-02T03:04:05Z"],
        *["x", "[1, null]", "1", "f", "plain"],
    ]
    assert found.iloc[1].tolist() == ["", "0.1", "2", *[""] * 10]


@pytest.mark.parametrize("form", ["jsonl", "json", "xlsx"])
def test_case_17_mixed_types_are_counted_and_the_first_offender_named(desk, form):
    values = [1, 2, 3, "unknown", 5, True, None]
    if form == "xlsx":
        desk.holds_book(["text", "age"], *[[f"t{place}", value] for place, value in enumerate(values)])
    elif form == "json":
        desk.holds_json([{"text": f"t{place}", "age": value} for place, value in enumerate(values)])
    else:
        desk.holds("a.jsonl", "".join(json.dumps({"age": value}) + "\n" for value in values))
    place = {"xlsx": "row 7", "json": "record 6", "jsonl": "line 6"}[form]
    note = f"Column 'age' mixes 4 numbers and 1 text and 1 boolean; the first boolean is 'true' ({place})."
    assert note in desk.preview().notes and note in desk.take().notes
    assert read_table(desk.into)["age"].tolist() == ["1", "2", "3", "unknown", "5", "true", ""]


def test_case_17_mixed_text_is_told_by_the_profile(desk):
    desk.holds("a.csv", "age\n" + "1\n2\n3\n4\n5\n6\n7\n8\n9\nunknown\n").take(header=True)
    assert "9 of 10 cells are numbers; the first that is not is 'unknown'." in (desk.into / "profile.json").read_text()


def test_case_18_a_far_cell_is_capped_before_it_becomes_a_table(desk):
    def far(sheet):
        sheet["XFD1048576"] = "far"

    desk.holds_book(change=far)
    assert desk.path.stat().st_size < 6000
    message = desk.refused()
    assert message.startswith(
        'XLSX-13 reviews.xlsx, sheet "Data", cell XFD1048576: with this cell the table would have'
    )
    assert "16,384 columns" in message and "only 9 are filled" in message and "Delete what lies far" in message

    def deep(sheet):
        sheet["CV1048576"] = "far"

    message = desk.holds_book(change=deep).refused()
    assert message.startswith('XLSX-18 reviews.xlsx, sheet "Data", cell CV1048576: ') and "104,857,600 cells" in message


def test_case_18_the_size_that_a_sheet_claims_does_not_count(desk):
    claim = lambda xml: xml.replace(b'<dimension ref="A1:B4"', b'<dimension ref="A1:XFD1048576"')  # noqa: E731
    assert desk.holds_book().rewrites("xl/worksheets/sheet1.xml", claim).table().shape == (3, 2)


def test_case_18_rows_far_below_are_found_and_blank_ones_left_out(desk):
    def below(sheet):
        sheet["A5000"], sheet["B5000"] = "four", "b"

    taken = desk.holds_book(change=below).take()
    assert taken.rows == 4 and "Blank rows left out: 4,995." in taken.notes
    assert read_table(desk.into).index.tolist() == [0, 1, 2, 4998]


def test_case_19_formulas_without_values_are_named(desk):
    def formulas(sheet):
        sheet["B3"], sheet["A4"], sheet["B4"] = "=1+1", "=B3", "=B3"

    desk.holds_book(change=formulas)
    message = desk.refused()
    assert message.startswith(
        'XLSX-19 reviews.xlsx, sheet "Data", cell B3: the formula has no stored value (B3, A4, B4'
    )
    assert "Open the workbook in Excel or LibreOffice and save it" in message and "set aside 2 rows like it" in message
    assert desk.table(set_aside=True)["text"].tolist() == ["one"]
    assert [row[0] for row in desk.rejects()] == ["row", "3", "4"]


def test_case_19_a_computed_formula_counts_even_when_its_text_is_empty(desk):
    computed = b'<c r="B3" t="str"><f>IF(1,"","x")</f><v></v></c>'
    change = lambda xml: re.sub(rb'<c r="B3".*?</c>', computed, xml)  # noqa: E731
    assert desk.holds_book().rewrites("xl/worksheets/sheet1.xml", change).table()["label"].tolist() == ["a", "", "a"]


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("hostile", [BOMB, OUTSIDE])
@pytest.mark.parametrize("part", ["worksheets/sheet1.xml", "sharedStrings.xml", "workbook.xml", "styles.xml"])
def test_case_20_entities_are_refused(desk, part, hostile):
    def change(xml):
        return hostile + (xml.partition(b"?>")[2] if xml.startswith(b"<?xml") else xml or b"<sst/>")

    message = desk.holds_book().rewrites(f"xl/{part}", change).refused()
    assert message.startswith("XLSX-20 reviews.xlsx") and "declares entities" in message and "Nothing was" in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (OLE + "Workbook".encode("utf-16-le"), "before 2007 (.xls)"),
        (OLE + "WordDocument".encode("utf-16-le"), "old Word document"),
        (OLE, "old Office document"),
    ],
)
def test_case_21_old_and_encrypted_files_are_explained(desk, content, said):
    message = desk.holds("reviews.xlsx", content).refused()
    assert message.startswith("XLSX-21 reviews.xlsx: ") and said in message
    assert ".xlsx" in message.partition("Nothing was imported.")[2]


@pytest.mark.parametrize(("part", "said"), [("xl/vbaProject.bin", "macros"), ("xl/workbook.bin", ".xlsb")])
def test_case_21_macros_and_binary_workbooks_are_refused(desk, part, said):
    message = desk.holds_book(name="reviews.xlsm").rewrites(part, lambda _: b"\0").refused()
    assert message.startswith("XLSX-21 reviews.xlsm: ") and said in message and '"Save as"' in message


def two_sheets(sheet):
    other = sheet.parent.create_sheet("Other")
    other.append(["body", "stars"])
    other.append(["well", 5])
    sheet.parent.create_sheet("Empty")


def test_case_22_one_of_several_sheets_is_asked_for_and_each_can_be_seen(desk):
    desk.holds_book(change=two_sheets)
    message = desk.refused()
    assert message.startswith("XLSX-22 reviews.xlsx: there is more than one sheet in the file: 'Data', 'Other'")
    assert "--sheet" in message
    preview = desk.preview()
    assert preview.parts == ("Data", "Other") and preview.columns == ("text", "label")
    assert preview.errors[0].fix == preview.options == ReadOptions(part="Data")
    assert desk.preview(part="Other").cells == (("well", "5"),)
    assert desk.table(part="Other")["stars"].tolist() == ["5"]
    assert "there is no sheet 'Othre'. Did you mean 'Other'?" in Desk(desk.into).holds_book(change=two_sheets).refused(
        part="Othre"
    )


def test_case_22_merged_cells_are_named_and_can_be_filled(desk):
    def merge(sheet):
        sheet.merge_cells("B2:B3")

    desk.holds_book(change=merge)
    message = desk.refused()
    assert message.startswith('XLSX-22 reviews.xlsx, sheet "Data", cells B2:B3: the cells are merged')
    fix = desk.preview().errors[0].fix
    assert fix.fill_merged
    assert desk.table(part=fix.part, fill_merged=True)["label"].tolist() == ["a", "a", "a"]


def test_case_22_a_table_may_begin_anywhere(desk):
    desk.holds_book([], [None, None, "text", "label"], [None, None, "one", "a"])
    assert desk.table().to_dict("list") == {"text": ["one"], "label": ["a"]}


def test_case_05_a_title_above_the_header_is_no_header(desk):
    title = [["Sales report", None, None], ["3 May 2024", None, None], []]
    desk.holds_book(*title, ["product", "region", "pieces"], *(["Nut", "North", n] for n in range(4)))
    desk.rewrites("xl/worksheets/sheet1.xml", merged("A1:C1"))
    message = desk.refused(set_aside=True)
    assert message.startswith('XLSX-05 reviews.xlsx, sheet "Data", row 1: the table seems to begin only in row 4')
    (problem,) = desk.preview().errors
    assert problem.fix.skip == 3
    table = desk.table(part="Data", skip=3)
    assert table.columns.tolist() == ["product", "region", "pieces"] and table.index.tolist() == [0, 1, 2, 3]
    assert "Rows above the table left out: 3." in desk.preview(skip=3).notes


def merged(area):
    """Merges cells in the XML of a sheet, as a title over a whole table is."""
    areas = f'</sheetData><mergeCells count="1"><mergeCell ref="{area}"/></mergeCells>'.encode()
    return lambda sheet: sheet.replace(b"</sheetData>", areas)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (b'<c r="B3" t="n"><v>abc</v>', "the cell should hold a number, but holds 'abc'"),
        (b'<c r="B3" t="n"><v>1_0</v>', "the cell should hold a number, but holds '1_0'"),
        (b'<c r="B3" t="s"><v>99</v>', "the cell names text 99"),
        (b'<c r="B3" t="n" s="99"><v>3</v>', "the cell has a style"),
        (b'<c r="B3" t="d"><v>soon</v>', "the cell should hold a date, but holds 'soon'"),
    ],
)
def test_case_23_a_cell_that_cannot_be_is_named(desk, cell, said):
    desk.holds_book(["text", "n"], ["one", 1], ["two", 3])
    desk.rewrites("xl/worksheets/sheet1.xml", lambda sheet: sheet.replace(b'<c r="B3" t="n"><v>3</v>', cell))
    assert desk.refused().startswith(f'XLSX-23 reviews.xlsx, sheet "Data", cell B3: the workbook is damaged: {said}')


@pytest.mark.parametrize("part", ["xl/_rels/workbook.xml.rels", "[Content_Types].xml"])
def test_case_23_a_part_that_is_missing_is_told_in_plain_words(desk, part):
    message = desk.holds_book().rewrites(part, lambda _: None).refused()
    assert message.startswith("XLSX-23 reviews.xlsx: the workbook is damaged: it refers to a part that is missing")


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_case_23_a_file_that_was_cut_off(desk, form, kept):
    if form == "xlsx":
        desk.holds_book()
    else:
        desk.holds_parquet({"text": ["x"] * 1000})
    whole = desk.path.read_bytes()
    message = desk.holds(desk.name, whole[: int(len(whole) * kept)]).refused()
    assert message.startswith(f"{form.upper()}-23 reviews.{form}: ") and "cut off" in message


def test_case_23_an_extension_type_names_its_column(desk):
    field = pa.field("who", pa.string(), metadata={"ARROW:extension:name": "some.type"})
    table = pa.table([["a"], ["b"]], schema=pa.schema([pa.field("text", pa.string()), field]))
    message = desk.holds_parquet(table).refused()
    assert message.startswith("PARQUET-23 reviews.parquet, column \"who\": the type 'some.type' is an extension")
    known = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"0" * 16], pa.binary(16)))
    nested = pa.StructArray.from_arrays([known], ["id"])
    assert 'column "in.id"' in desk.holds_parquet({"in": nested}).refused()


def test_case_23_bytes_that_are_no_text_name_their_column(desk):
    message = desk.holds_parquet({"text": ["a"], "image": [b"\xff\xd8\xff\0"]}).refused()
    assert message.startswith('PARQUET-23 reviews.parquet, column "image", rows 1 to 1: values of the type')


def test_case_24_bad_lines_are_numbered_and_can_be_set_aside(desk):
    desk.holds(
        "reviews.jsonl",
        '{"text": "one", "label": "a"}\n{"text": "two"\n\n{"text": "three", "text": "four"}\n[1]\n{"text": "five"}\n',
    )
    message = desk.refused()
    assert message.startswith("JSONL-24 reviews.jsonl, line 2: the line is no JSON (")
    assert "set aside 3 lines like it. Lines: 2, 4, 5." in message
    taken = desk.take(set_aside=True)
    assert taken.set_aside == 3 and "Blank lines left out: 1." in taken.notes
    assert read_table(desk.into).to_dict("list") == {"text": ["one", "five"], "label": ["a", ""]}
    assert [row[:2] for row in desk.rejects()[1:]] == [
        *[
            ["2", "the line is no JSON (expecting ',' delimiter at character 16)"],
            ["4", 'the key "text" is given twice'],
        ],
        ["5", "there is a list where an object is expected"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[\n{"a": 1},\n{"a": 2},\n{"a":', "line 4, character 6: the text is no JSON from here on"),
        ('[{"a": 1}\n{"a": 2}]', "line 2, character 1: the text is no JSON from here on: a comma"),
        ('[{"a": 1}] []', "something follows after the value"),
        ('{"a": [1, 2], "b": [1]}', 'the column "a" has 2 values, the column "b" 1'),
        ('{"a": [1], "a": [2]}', 'the key "a" is given twice'),
        ('{"a": {"x": 1}, "b": [1]}', "no key holds a list of records"),
        ('[{"a": 1}, ]', "character 12: the text is no JSON from here on: a comma stands before the end of the list"),
        ("[]", "no records with values"),
        ("[1, 2, 3]", "the list holds no records: its first element is a number"),
        ('["a", "b"]', "the list holds no records: its first element is a text"),
        ('[["a", "b"], ["c", "d"]]', "the list holds no records: its first element is a list"),
        ("[" * 100_000, "nested too deeply"),
        ('[{"a": {"a": ' + '{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_case_24_json_that_is_no_table(desk, content, said):
    message = desk.holds("reviews.json", content).refused(set_aside=True)
    assert message.startswith("JSON-") and "reviews.json" in message and said in message


def test_case_24_a_record_that_is_none_is_located(desk):
    desk.holds_json([{"text": "one"}, ["two"], {"text": "three", "x": [{"k": 1}]}])
    message = desk.refused()
    assert message.startswith("JSON-24 reviews.json, record 2 (line 5): there is a list where an object is expected")
    assert desk.table(set_aside=True)["x"].tolist() == ["", '[{"k": 1}]']


def test_case_24_a_key_twice_deep_in_a_list_is_no_less_lost(desk):
    message = desk.holds("a.jsonl", '{"x": [{"k": 1, "k": 2}]}\n{"x": []}\n').refused()
    assert 'in the list "x", the key "k" is given twice' in message
    message = desk.holds("a.jsonl", '{"x.y": 1, "x": {"y": 2}}\n{"x.y": 1}\n').refused()
    assert 'the key "x.y" and the key "y" in "x" would become one column' in message and "Rename one" in message


def test_records_may_lie_under_a_key(desk):
    desk.holds_json({"version": 1, "rows": [{"text": "a", "by": {"name": "N", "age": 3}}]})
    assert desk.table().to_dict("list") == {"text": ["a"], "by.name": ["N"], "by.age": ["3"]}
    assert any('beside the records in "rows": "version"' in note for note in desk.preview().notes)
    desk = desk.holds_json({"train": [{"t": 1}], "test": [{"t": 2}]})
    assert desk.preview().errors[0].code == "JSON-22"
    assert desk.table(part="test")["t"].tolist() == ["2"]


def test_columns_with_row_numbers_as_pandas_writes_them(desk):
    frame = pd.DataFrame({"text": ["a", "b"], "n": [1, 2]})
    desk.holds("a.json", frame.to_json())
    assert desk.table().to_dict("list") == {"text": ["a", "b"], "n": ["1", "2"]}


@pytest.mark.parametrize("orient", ["split", "index", "table", "records", "columns"])
def test_every_way_in_which_pandas_writes_a_table(desk, orient):
    frame = pd.DataFrame({"text": ["a", "b", "c"], "n": [1, 2, 3]})
    table = desk.holds("a.json", frame.to_json(orient=orient)).table()
    assert table[["text", "n"]].to_dict("list") == {"text": ["a", "b", "c"], "n": ["1", "2", "3"]}
    assert table.columns.tolist() == (["index"] if orient == "table" else []) + ["text", "n"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", '{"text": "one"},\n{"text": "two"},\n{"text": "three"}\n'),
        ("a.jsonl", '{\n "text": "one"\n}\n{\n "text": "two"\n}\n{"text": "three"}\n'),
        ("a.json", '{"text": "one"}{"text": "two"}{"text": "three"},'),
    ],
)
def test_records_one_after_the_other_need_no_list(desk, name, content):
    preview = desk.holds(name, content).preview()
    assert not preview.problems and "The file holds records one after the other." in preview.notes
    assert desk.table()["text"].tolist() == ["one", "two", "three"]


def test_many_records_under_names_are_rows(desk):
    desk.holds_json({f"q{n}": {"text": f"t{n}", "label": "a"} for n in range(12)})
    table = desk.table()
    assert table.columns.tolist() == ["index", "text", "label"] and table["index"].tolist()[11] == "q11"
    assert "column 'index'" in " ".join(desk.preview().notes)
    assert "no key holds" in desk.holds_json({f"q{n}": {"a": 1, "b": 2} for n in range(3)}).refused()


def test_characters_that_a_workbook_escapes_are_themselves(desk):
    desk.holds_book(["text"], ["one_x000D_\ntwo"], ["a_x005F_x000D_b"], ["snake_x_case"])
    assert desk.table()["text"].tolist() == ["one\r\ntwo", "a_x000D_b", "snake_x_case"]


@pytest.mark.parametrize("orient", ["split", "index"])
def test_names_of_rows_that_are_not_their_numbers_are_kept(desk, orient):
    frame = pd.DataFrame({"text": ["a", "b"], "n": [1, 2]}, index=[7, 9])
    desk.holds("a.json", frame.to_json(orient=orient))
    assert desk.table().to_dict("list") == {"index": ["7", "9"], "text": ["a", "b"], "n": ["1", "2"]}


def test_case_07_a_row_of_a_split_table_that_is_too_short(desk):
    desk.holds("a.json", '{"columns": ["a", "b"], "data": [[1, 2],\n[3],\n7,\n[4, 5]]}')
    message = desk.refused()
    assert message.startswith("JSON-07 a.json, record 2 (line 2): the row has 1 values, and there are 2 columns")
    assert desk.table(set_aside=True)["b"].tolist() == ["2", "5"]


def test_json_in_another_encoding_is_asked_about(desk):
    content = json.dumps([{"text": "今天的服务非常好，下次还会来", "label": "正面"}] * 5, ensure_ascii=False, indent=1)
    desk.holds("reviews.json", content.encode("gb18030"))
    assert desk.refused().startswith("JSON-01 reviews.json, line 3: the file is not UTF-8")
    assert desk.table(encoding="gb18030")["label"].tolist() == ["正面"] * 5
    assert desk.holds("a.json", content.encode("utf-16")).table().shape == (5, 2)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("reviews.xlsx", "text,label\na,b\n", "text table (CSV)"),
        ("reviews.csv", '[{"text": "a", "label": "b"}]', "JSON"),
        ("reviews.json", '{"text": "a", "label": "b"}\n{"text": "c", "label": "d"}\n', "JSON Lines"),
        ("REVIEWS.XLS", "text\tlabel\na\tb\n", "text table (CSV)"),
    ],
)
def test_case_25_name_and_content_are_both_said(desk, name, content, said):
    desk.holds(name, content)
    ending = name[name.index(".") :].lower()
    note = f"The name ends in {ending}, but the content is: {said}; that is how it is read."
    assert note in desk.preview().notes and note in desk.take().notes
    assert read_table(desk.into).columns.tolist() == ["text", "label"]


def test_case_25_a_refusal_says_both_too(desk):
    message = desk.holds("reviews.parquet", "text,label\n").refused()
    assert "CSV-05 reviews.parquet" in message
    message = desk.holds_book(name="reviews.csv").rewrites("xl/vbaProject.bin", lambda _: b"\0").refused()
    assert "the name ends in .csv, but the content is: Excel workbook; the workbook contains macros" in message
    for content in (b"<!DOCTYPE html><table>", b"<?xml version='1.0'?><x/>"):
        message = desk.holds("reviews.xls", content).refused()
        assert "FILE-25 reviews.xls: the file is called 'reviews.xls', but its content is a" in message


def test_case_25_any_ending_will_do(desk):
    assert desk.holds_book(name="REVIEWS.XLSX").table().shape == (3, 2)
    assert desk.holds_book(name="reviews").preview().notes == ("Sheet 'Data'.",)


def test_case_48_every_character_is_kept(desk):
    strange = ["😀 \u202eright to left", "a\u2028b\x85c\x0bd", 'quote " and \\ and \t', "ﷺ é é", "_x000D_"]
    desk.holds("a.jsonl", "".join(json.dumps({"t": text}, ensure_ascii=False) + "\n" for text in strange))
    assert desk.table()["t"].tolist() == strange
    desk.holds_parquet({"t": strange})
    assert desk.table()["t"].tolist() == strange
    message = desk.holds("a.jsonl", '{"t": "\\ud83d"}\n{"t": "x"}\n').refused()
    assert message.startswith('JSONL-48 a.jsonl, line 1, column "t": the cell holds half a character')
    assert desk.holds("a.jsonl", '{"t": "x\\u0000"}\n{"t": ""}\n').refused().startswith("JSONL-10 a.jsonl, line 1")


@pytest.mark.parametrize("kind", ["workbook", "lines", "parquet"])
def test_an_import_tells_how_much_of_it_is_done(desk, kind):
    rows = [["text", "label"], *([f"text {number}", "a"] for number in range(25_000))]
    if kind == "workbook":
        desk.holds_book(*rows)
    elif kind == "lines":
        desk.holds("reviews.jsonl", "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows))
    else:
        desk.holds_parquet({"text": [text for text, _ in rows], "label": [label for _, label in rows]})
    told: list[float] = []
    options = (ReadOptions(), Limits(), desk.into)
    reader.take(desk.path, desk.name, *options, set_aside=False, tell=lambda done, _rows: told.append(done))
    assert len(told) > 1 and told == sorted(told) and 0.1 < told[0] < 0.99 <= told[-1] <= 1
