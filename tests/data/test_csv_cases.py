"""Every way in which a text table can be wrong: named with file, row, column and remedy, and nothing half-imported."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.data import reader
from workbench.data.read_options import DELIMITERS, ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits

NAME = "reviews.csv"
LIMITS = Limits()
CELLS = st.one_of(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), st.text("\",;\t|\n\r 'a"))


class Desk:
    """A folder with one file to read, and an empty one for what is read."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "a-name-of-ours"
        self.into = folder / "into"
        self.into.mkdir()

    def holds(self, content: str | bytes, encoding: str = "utf-8") -> "Desk":
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return self

    def preview(self, limits: Limits = LIMITS, **options):
        return reader.look(self.path, NAME, ReadOptions(**options), limits, head=50)

    def take(self, *, set_aside: bool = False, limits: Limits = LIMITS, **options):
        return reader.take(self.path, NAME, ReadOptions(**options), limits, self.into, set_aside=set_aside)

    def table(self, *, set_aside: bool = False, limits: Limits = LIMITS, **options):
        self.take(set_aside=set_aside, limits=limits, **options)
        return read_table(self.into)

    def refused(self, *, set_aside: bool = False, limits: Limits = LIMITS, **options) -> str:
        """The message of the refusal; no table may be left behind."""
        with pytest.raises(DataError) as caught:
            self.take(set_aside=set_aside, limits=limits, **options)
        assert not (self.into / "table.parquet").exists()
        assert caught.value.remedy
        return str(caught.value)

    def rejects(self) -> list[list[str]]:
        with (self.into / "rejects.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def read_table_with(desk, options):
    """The table as the options read it."""
    reader.take(desk.path, NAME, options, LIMITS, desk.into, set_aside=False)
    return read_table(desk.into)


CHINESE = "评论,标签\n今天的服务非常好，下次还会来,正面\n产品质量太差了，不推荐购买,负面\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding", "suggested"),
    [
        (CHINESE, "gbk", "gb18030"),
        ("本文,ラベル\n今日はとても良い天気ですね,良い\nこの製品はすぐに壊れました,悪い\n", "shift_jis", "cp932"),
        ("text,label\nLe café était très bon,positif\nJ'ai été déçu par la qualité,négatif\n", "latin-1", "cp1252"),
        ("текст,метка\nСегодня очень хорошая погода,хорошо\nЭтот товар сломан,плохо\n", "cp1251", "cp1251"),
    ],
)
def test_case_01_another_encoding_is_suggested_and_asked(desk, text, encoding, suggested):
    desk.holds(text, encoding)
    message = desk.refused()
    assert message.startswith(("CSV-01 reviews.csv, row 1", "CSV-01 reviews.csv, row 2"))
    assert "not UTF-8" in message and f"'{suggested}'" in message and "Nothing was imported." in message
    preview = desk.preview()
    (problem,) = preview.errors
    assert problem.fix == preview.options and problem.fix.encoding == suggested and problem.fix_title
    assert preview.columns == tuple(text.splitlines()[0].split(","))
    assert desk.table(encoding=suggested).iloc[0, 0] == text.splitlines()[1].rpartition(",")[0]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-32"])
def test_case_02_a_byte_order_mark_decides(desk, encoding):
    desk.holds(CHINESE, encoding)
    assert list(desk.table().columns) == ["评论", "标签"]
    assert list(desk.table(encoding=encoding.removesuffix("-sig")).columns) == ["评论", "标签"]


def test_case_02_utf_16_without_a_mark_is_asked_about(desk):
    desk.holds("text,label\nhello,a\nworld,b\n", "utf-16-le")
    (problem,) = desk.preview().errors
    assert problem.fix.encoding == "utf-16-le"
    assert desk.table(encoding="utf-16-le")["text"].tolist() == ["hello", "world"]


def test_case_03_an_invalid_byte_is_located(desk):
    start = "text,label\nschön,a\ngrün,b\n".encode()
    desk.holds(start + b"kaputt \xff,c\n" + "übel,a\n".encode())
    message = desk.refused()
    assert message.startswith(f'CSV-03 reviews.csv, row 4, column "text", offset {len(start) + 7}: ')
    assert "0xFF" in message and "set aside" in message
    assert desk.table(set_aside=True)["label"].tolist() == ["a", "b", "a"]
    assert desk.rejects()[1] == ["4", "the cell holds bytes that do not fit the encoding", "kaputt \ufffd", "c"]


def test_case_03_a_byte_that_is_not_of_the_chosen_encoding(desk):
    desk.holds(CHINESE.encode("gbk") + "好,".encode("gbk") + b"\xff\xff\n")
    message = desk.refused(encoding="gb18030")
    assert message.startswith('CSV-03 reviews.csv, row 10, column "标签"') or "row 11" in message


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", "\ufeff".encode()])
def test_case_04_an_empty_file_has_no_rows(desk, content):
    assert "no rows" in desk.holds(content).refused()
    with pytest.raises(DataError, match=r"CSV-04 reviews\.csv"):
        desk.preview()


def test_case_05_a_header_alone_is_no_data(desk):
    desk.holds("text,label\n")
    assert "0 samples" in desk.refused()
    assert desk.preview().errors[0].code == "CSV-05"


def test_case_06_both_columns_of_one_name_are_named(desk):
    desk.holds("text,label,text\na,b,c\n")
    message = desk.refused()
    assert message.startswith('CSV-06 reviews.csv, row 1: the name "text" stands over columns 1 and 3')
    (problem,) = desk.preview().errors
    assert problem.fix.names == ("text", "label", "text_2")
    assert list(desk.table(names=problem.fix.names).columns) == ["text", "label", "text_2"]


def test_case_06_a_renamed_column_takes_no_other_name(desk):
    desk.holds("a,a,a_2,\n1,2,3,4\n")
    assert desk.preview().columns == ("a", "a_3", "a_2", "column_4")


def test_case_07_short_rows_are_listed(desk):
    desk.holds("text,label\none,a\ntwo\nthree,b\nfour\n")
    message = desk.refused()
    assert message == (
        'CSV-07 reviews.csv, row 3, column "label": missing value (1 of 2 fields). Nothing was imported. '
        "Fix the rows, or set aside 2 rows like it. Rows: 3, 5."
    )
    table = desk.table(set_aside=True)
    assert table["text"].tolist() == ["one", "three"] and table.index.tolist() == [0, 2]
    assert desk.rejects() == [
        ["row", "problem", "text", "label"],
        ["3", "missing value (1 of 2 fields)", "two"],
        ["5", "missing value (1 of 2 fields)", "four"],
    ]


def test_case_08_every_row_one_field_extra(desk):
    desk.holds("text,label\n0,one,a\n1,two,b\n")
    message = desk.refused(set_aside=True)
    assert message.startswith("CSV-08 reviews.csv, row 2: every row has one field more than the header (3 instead of 2")
    (problem,) = desk.preview().errors
    assert problem.fix.names == ("column_1", "text", "label")
    assert desk.table(names=problem.fix.names)["text"].tolist() == ["one", "two"]


def test_case_08_every_row_ends_with_a_delimiter(desk):
    desk.holds("text,label\none,a,\ntwo,b,\n")
    (problem,) = desk.preview().errors
    assert problem.code == "CSV-08" and problem.fix.names == ("text", "label", "column_3")


def test_case_09_long_rows_say_what_was_expected(desk):
    desk.holds("text,label\none,a\ntwo, with a comma,b\nthree,c\n")
    message = desk.refused()
    assert message.startswith("CSV-09 reviews.csv, row 3: too many fields (3 instead of 2)")
    assert "set it aside" in message
    assert desk.table(set_aside=True)["label"].tolist() == ["a", "c"]


def test_case_10_an_embedded_nul_is_located(desk):
    desk.holds(b"text,label\none,a\ntw\0o,b\n")
    message = desk.refused()
    assert message.startswith('CSV-10 reviews.csv, row 3, column "text": the cell holds a NUL')
    assert desk.table(set_aside=True)["text"].tolist() == ["one"]
    assert desk.rejects()[1][2] == "tw␀o"


@pytest.mark.parametrize("rest", ["five,e\n" * 50, 'five,"e"\nsix,f\n'])
def test_case_11_an_unclosed_quote_names_its_row(desk, rest):
    desk.holds('text,label\none,a\n"two\nlines",b\n"three,c\nfour,d\n' + rest)
    message = desk.refused(set_aside=True)
    assert message.startswith('CSV-11 reviews.csv, row 4, column "text": the quotation mark that opens here (line 5)')
    problem = desk.preview().errors[0]
    assert problem.fix.quoting is False


def test_case_11_text_after_a_closing_quote(desk):
    desk.holds('text,label\n"one"two,a\nthree,b\n')
    assert desk.refused().startswith("CSV-11 reviews.csv, row 2: text follows a closing quotation mark")
    assert desk.table(set_aside=True)["text"].tolist() == ["three"]


@pytest.mark.parametrize(("delimiter", "called"), [(";", "semicolon"), ("\t", "tab"), ("|", "vertical bar")])
def test_case_12_another_delimiter_is_found_or_proposed(desk, delimiter, called):
    rows = [["text", "label"], ["well, well, well", "a"], ["no, thanks", "b"], ["plain", "a"]]
    desk.holds("".join(delimiter.join(row) + "\n" for row in rows))
    preview = desk.preview()
    assert preview.delimiter == delimiter and f"Fields are separated by {called}." in preview.notes
    assert desk.table()["text"].tolist() == [row[0] for row in rows[1:]]
    message = Desk(desk.into).holds(desk.path.read_bytes()).refused(delimiter=",")
    assert message.startswith("CSV-12 reviews.csv, row 1: with comma as delimiter there is only one column")
    assert f"separated by {called}" in message
    assert desk.preview(delimiter=",").problems[0].fix.delimiter == delimiter


def test_case_13_too_many_columns_are_refused_from_the_header(desk):
    desk.holds(",".join(f"c{number}" for number in range(10_001)) + "\n" + "never read")
    message = desk.refused()
    assert message.startswith("CSV-13 reviews.csv, row 1: the header names 10,001 columns; the limit is 10,000")


def test_case_14_a_huge_cell_is_located(desk):
    desk.holds("text,label\none,a\n" + "x" * 1_000_001 + ",b\nthree,c\n")
    message = desk.refused()
    assert message.startswith('CSV-14 reviews.csv, row 3, column "text": the cell has 1,000,001 bytes')
    assert desk.table(set_aside=True)["label"].tolist() == ["a", "c"]


def test_case_14_the_limit_counts_bytes(desk):
    desk.holds("text,label\n" + "长" * 400 + ",a\n")
    assert "1,200 bytes; the limit is 1,000" in desk.refused(limits=Limits(cell_bytes=1000))
    assert len(desk.table(limits=Limits(cell_bytes=1200))) == 1


def test_case_15_labels_that_look_like_nothing_stay_text(desk):
    values = ["NA", "None", "null", "nan", "", "true", "N/A"]
    desk.holds("text,label\n" + "".join(f"t{number},{value}\n" for number, value in enumerate(values)))
    assert desk.table()["label"].tolist() == values


def test_case_16_numbers_stay_as_they_were_written(desk):
    values = ["00501", "12345678901234567890123", "1e400", "-0.10", "１２"]
    desk.holds("code,label\n" + "".join(f"{value},a\n" for value in values))
    table = desk.table()
    assert table["code"].tolist() == values
    assert "kept as text" in (desk.into / "profile.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("start", "called"),
    [
        (b"PK\x03\x04", "a zip archive"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1", "Parquet"),
        (b"\x80\x04\x95", "a Python pickle"),
        (b"\x93NUMPY\x01", "a NumPy array"),
        (b"\x89HDF\r\n", "an HDF5 file"),
        (b"\x01\x02\x03\x04", "no text"),
    ],
)
def test_case_25_the_content_decides_what_a_file_is(desk, start, called):
    message = desk.holds(start + b"\0" * 100).refused()
    assert "reviews.csv" in message and called in message


def test_case_25_any_ending_will_do(desk):
    desk.path = desk.path.with_name("TABLE.XLSX")
    assert len(desk.holds("text,label\na,b\n").table()) == 1


@pytest.mark.parametrize(
    "hostile", ['<img src=x onerror="alert(1)">', "=HYPERLINK(1)", "../../etc/passwd", "\u202etxt"]
)
def test_case_76_cells_are_data(desk, hostile):
    with desk.path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["text", "label"], [hostile, "a"], ["b"]])
    assert desk.table(set_aside=True)["text"].tolist() == [hostile]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_case_77_no_rejected_cell_is_a_formula(desk, start):
    with desk.path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [[f"{start}name", "label", "more"], [f"{start}HYPERLINK(1)", f"{start}2"], ["fine", "a", "b"]]
        )
    desk.take(set_aside=True, delimiter=",", names=(f"{start}name", "label", "more"))
    header, row = desk.rejects()
    assert header == ["row", "problem", f"'{start}name", "label", "more"]
    assert row[2:] == [f"'{start}HYPERLINK(1)", f"'{start}2"]


def test_case_77_the_table_itself_keeps_its_cells(desk):
    desk.holds("text,label\n=HYPERLINK(1),a\n@fine,b\n")
    assert desk.table()["text"].tolist() == ["=HYPERLINK(1)", "@fine"]


def test_a_tab_separated_file_without_header_and_quoting(desk):
    desk.holds('ham\t"Hi, there\nspam\tWIN a "prize"\nham\tsee you\n')
    table = desk.table(delimiter="\t", quoting=False, header=False, names=("label", "text"))
    assert table["text"].tolist() == ['"Hi, there', 'WIN a "prize"', "see you"]
    assert table.index.tolist() == [0, 1, 2]


def test_a_first_line_of_data_is_noticed(desk):
    desk.holds("spam,win a prize\nham,see you\nspam,call now\nspam,click\nham,hello\n")
    (problem,) = desk.preview().problems
    assert problem.level == "warning" and problem.fix.header is False
    assert len(desk.table(header=False)) == 5


def test_quoted_cells_keep_their_line_breaks_and_quotes(desk):
    desk.holds('text,label\r\n"two\r\nlines, ""quoted""",a\r\n')
    assert desk.table().values.tolist() == [['two\r\nlines, "quoted"', "a"]]


def test_blank_lines_are_left_out_and_counted(desk):
    desk.holds("text,label\none,a\n\n\ntwo,b\n\n")
    taken = desk.take()
    assert "Blank lines left out: 3." in taken.notes
    assert read_table(desk.into).index.tolist() == [0, 3]


def test_blank_lines_before_the_header_are_no_header(desk):
    desk.holds("\n\ntext,label\none,a\nshort\n")
    assert desk.preview().columns == ("text", "label")
    assert "row 5" in desk.refused()
    table = desk.table(set_aside=True)
    assert table["text"].tolist() == ["one"] and table.index.tolist() == [0]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=5),
    delimiter=st.sampled_from(list(DELIMITERS)),
    encoding=st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
def test_case_48_every_character_is_kept(desk, rows, delimiter, encoding):
    with desk.path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([["text", "label"], *rows])
    assert desk.table(encoding=encoding, delimiter=delimiter).to_numpy().tolist() == rows


@pytest.mark.parametrize("delimiter", ["", "::", '"', "\r"])
def test_a_delimiter_that_cannot_be_is_refused(desk, delimiter):
    assert "cannot separate fields" in desk.holds("a,b\n1,2\n").refused(delimiter=delimiter)


def test_a_preview_cuts_long_cells_short(desk):
    desk.holds("text,label\n" + "x" * 900_000 + ",a\n")
    assert len(desk.preview().head["text"][0]) == 2001
    assert len(desk.table()["text"][0]) == 900_000


def test_the_number_of_cells_is_limited(desk):
    desk.holds("text,label\n" + "a,b\n" * 6)
    assert "more than 10 cells" in desk.refused(limits=Limits(cells=10))


def test_names_must_fit_the_columns(desk):
    assert "3 names are given for 2 columns" in desk.holds("a,b\n1,2\n").refused(names=("x", "y", "z"))


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "base64"])
def test_an_encoding_that_is_none_is_refused(desk, encoding):
    assert f"'{encoding}' is no known encoding" in desk.holds("a,b\n1,2\n").refused(encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_characters_without_a_mark_need_their_order(desk, encoding):
    desk.holds("text,label\nhello,a\n", f"{encoding}-le")
    assert f"Choose {encoding}-le or {encoding}-be" in desk.refused(encoding=encoding)
    assert len(desk.table(encoding=f"{encoding}-le")) == 1


def test_the_preview_shows_the_head_and_looks_at_the_rest(desk):
    desk.holds("text,label\n" + "".join(f"t{number},a\n" for number in range(200)) + "last\n")
    preview = desk.preview()
    assert preview.head["text"].tolist() == [f"t{number}" for number in range(50)]
    assert (preview.rows, preview.complete, preview.columns) == (200, True, ("text", "label"))
    (problem,) = preview.errors
    assert problem.can_set_aside and problem.rows == (202,)


@pytest.mark.parametrize("first", ["sep=;\n", "sep=;\r\n", '"sep=;"\n'])
def test_a_line_that_tells_a_spreadsheet_the_separator_is_no_row(desk, first):
    desk.holds(f"{first}text;label\na, b;1\nc;2\nd\n")
    (problem,) = desk.preview().errors
    assert problem.where == 'reviews.csv, row 5, column "label"'
    table = desk.table(set_aside=True)
    assert table.to_dict("list") == {"text": ["a, b", "c"], "label": ["1", "2"]}


def test_an_encoding_of_host_names_is_none_of_files(desk):
    assert "CSV-01" in desk.holds("a,b\n1,2\n").refused(encoding="idna")


TITLED = (
    "Sales report 2024;;\nExported on 3 May 2024;;\n\nproduct;region;pieces\nNut;North;3\nBolt;South;4\nCog;East;5\n"
)


@pytest.mark.parametrize(
    ("content", "at"),
    [
        (TITLED, 4),
        (TITLED.replace(";;\n", "\n"), 4),
        ("Export of the reviews\ntext,label\ngood,a\nbad,b\nfine,a\n", 2),
        ("Report, 2024\n\ntext\tlabel\tday\n" + "good\ta\t1\nbad\tb\t2\n" * 5, 3),
        ("# exported by hand\n# on Monday\nid,text,label\n1,good,a\n2,bad,b\n3,fine,a\n", 3),
    ],
)
def test_case_05_lines_above_the_header_are_no_header(desk, content, at):
    desk.holds(content)
    message = desk.refused(set_aside=True)
    assert f"begin only in row {at}" in message and f"Leave out what stands above row {at}" in message
    (problem, *_) = desk.preview().errors
    table = read_table_with(desk, problem.fix)
    assert table.columns.tolist() == re.split("[,;\t]", content.splitlines()[at - 1])
    assert table.index.tolist()[0] == 0 and len(table) == len(content.splitlines()) - at
    assert not reader.look(desk.path, NAME, problem.fix, LIMITS, head=5).problems


@pytest.mark.parametrize(
    "content",
    [
        "a,b,c,,\n1,2,3,4,5\n6,7,8,9,0\nx,y,z,u,v\n",  # some names are missing
        "label\n1,good\n2,bad\n3,fine\n",  # the first column has no name
        "text,note,label\ngood,,a\nbad,,b\nfine,x,a\n",
        "text,label\na b,\nc d,\ne,x\nf,y\n",
    ],
)
def test_a_header_that_is_one_stays_it(desk, content):
    assert not [problem for problem in desk.holds(content).preview().problems if "begin only" in problem.what]


def test_setting_most_rows_aside_is_refused(desk):
    desk.holds("a,b\n1,2\n" + "only one field\n" * 20)
    message = desk.refused(set_aside=True)
    assert message.startswith("CSV-07 reviews.csv, row 3") and "20 of 21 rows" in message


SPOKEN = 'text,label\n"he said \\"hi, you\\"",a\n"C:\\temp ends with \\\\",b\nplain,a\n"\\"",b\n'


def test_case_11_a_backslash_before_quotation_marks_is_noticed(desk):
    preview = desk.holds(SPOKEN).preview()
    assert not preview.problems and preview.options.backslash
    assert "A backslash stands before quotation marks that are part of a cell." in preview.notes
    assert desk.table()["text"].tolist() == ['he said "hi, you"', "C:\\temp ends with \\", "plain", '"']


def test_case_11_a_backslash_that_ends_a_cell_is_no_escape(desk):
    desk.holds('path,label\n"C:\\dir\\",a\n"D:\\",b\n')
    assert desk.table()["path"].tolist() == ["C:\\dir\\", "D:\\"] and not desk.preview().options.backslash


def test_case_11_a_late_backslash_before_a_quotation_mark_is_explained(desk):
    many = "text,label\n" + "plain words,a\n" * 30_000
    message = desk.holds(many + '"he said \\"hi\\" to me",a\n').refused()
    assert (
        message.startswith("CSV-11 reviews.csv, row 30002: text follows")
        and 'instead of with a backslash (\\")' in message
    )
    desk.holds(many + '"hi, she said \\"",a\n')
    (problem,) = desk.preview().errors
    assert problem.fix.backslash
    assert read_table_with(desk, problem.fix)["text"].iloc[-1] == 'hi, she said "'


def test_the_mark_of_the_end_that_old_programs_write_is_no_row(desk):
    desk.holds("text,label\r\ngood,a\r\nbad,b\r\n\x1a")
    assert desk.table()["label"].tolist() == ["a", "b"]
    assert any("0x1A" in note for note in desk.preview().notes)


def test_files_that_were_pasted_together_leave_no_mark_in_cells(desk):
    desk.holds(b"\xef\xbb\xbftext,label\ngood,a\n" + '\ufefftext,label\nbad,b\n\ufeff"so, so",a\n'.encode())
    assert desk.table()["text"].tolist() == ["good", "bad", "so, so"]
    (note,) = [note for note in desk.preview().notes if "pasted" in note]
    assert "begins row 3, 5" in note and "left out: 1" in note
