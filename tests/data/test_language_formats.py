"""Plain text, words with tags, questions with answers and SQLite: told by content, wrong places named, nothing lost."""

import csv
import json
import sqlite3

import pytest

from workbench.data import reader
from workbench.data.formats import detection
from workbench.data.read_options import LINES, ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits


class Desk:
    """A folder with one file to read; ``name`` is what people call it."""

    def __init__(self, folder):
        self.path, self.into, self.name = folder / "upload", folder / "into", ""
        self.into.mkdir()

    def holds(self, name, content):
        self.name = name
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self

    def look(self, **options):
        return reader.look(self.path, self.name, ReadOptions(**options), Limits(), head=50)

    def table(self, *, set_aside=False, limits=None, **options):
        for old in self.into.iterdir():
            old.unlink()
        limits = limits or Limits()
        reader.take(self.path, self.name, ReadOptions(**options), limits, self.into, set_aside=set_aside)
        return read_table(self.into)

    def refused(self, **rest):
        with pytest.raises(DataError) as caught:
            self.table(**rest)
        assert caught.value.remedy and not (self.into / "table.parquet").exists()
        return str(caught.value)

    def rejects(self):
        with (self.into / "rejects.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.reader(file))


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


PROSE = """It was late, and the shop, as we found out, had closed.
We waited.
A man came by, asked what we wanted, and left, without a word, as if he knew.

The next day, it was open
"""


def test_every_line_of_prose_is_a_row_and_blank_lines_are_counted(desk):
    preview = desk.holds("story.txt", PROSE).look()
    assert (preview.format, preview.columns, preview.rows) == ("plain text", ("text",), 4)
    assert any("Blank lines left out: 1" in note for note in preview.notes)
    assert any("choose what separates" in note for note in preview.notes)
    table = desk.table()
    assert table["text"].tolist()[1] == "We waited." and table.index.tolist() == [0, 1, 2, 4]


@pytest.mark.parametrize("name", ["story.txt", "story.MD", "story", "story.text", "story.log"])
def test_the_content_says_what_a_text_is_not_the_name(desk, name):
    assert desk.holds(name, PROSE).look().columns == ("text",)
    assert desk.holds(name, "text,label\nfine,a\nbad,b\n").look().columns == ("text", "label")
    assert desk.holds(name, "text\tlabel\nfine, very fine\ta\nbad\tb\n").look().columns == ("text", "label")


@pytest.mark.parametrize(
    "content",
    [
        "text,label\ngood,a\nbad, very bad,b\nfine,a\n",  # one long row
        "text;label\n" + "one;a\n" * 30 + "two\n" * 10,  # short rows
        "5.1|3.5|a\n4.9|3.0|b\n",  # no names
        '"a text, with commas",x\n"and, another",y\n',
    ],
)
def test_a_table_with_mistakes_stays_a_table(desk, content):
    assert len(desk.holds("table.txt", content).look().columns) > 1


def test_sentences_with_as_many_commas_each_are_prose(desk):
    desk.holds("a.txt", "".join(f"On day {n}, we waited, and nobody came.\n" for n in range(30)))
    assert desk.look().columns == ("text",) and len(desk.table()) == 30
    desk.holds("a.txt", "name, age, city\nAnn, 3, Rome\nBen, 4, Oslo\n")
    assert len(desk.look().columns) == 3


def test_case_12_how_a_text_is_read_can_be_said(desk):
    desk.holds("story.txt", PROSE)
    assert len(desk.look(delimiter=",").columns) == 4
    assert desk.holds("pairs.txt", "one,a\ntwo,b\n").look(delimiter=LINES).head["text"].tolist() == ["one,a", "two,b"]
    assert desk.table(delimiter=LINES, names=("sentence",)).columns.tolist() == ["sentence"]


def test_uneven_lines_in_a_csv_file_are_mistakes_and_no_prose(desk):
    assert "CSV-0" in desk.holds("story.csv", PROSE).refused()


def test_case_01_a_text_in_another_encoding_is_asked_about(desk):
    desk.holds("評論.txt", "这本书很好，我很喜欢。\n质量太差了，不值这个价钱。\n".encode("gb18030") * 20)
    (problem,) = desk.look().errors
    assert problem.code == "TEXT-01" and problem.fix.encoding == "gb18030"
    assert desk.table(encoding="gb18030")["text"].tolist()[0] == "这本书很好，我很喜欢。"


def test_case_03_10_14_lines_that_are_no_text_are_named_and_set_aside(desk):
    desk.holds("a.txt", b"fine\nbad \xff byte\n" + b"long " * 50 + "\nschöne Grüße\n".encode())
    message = desk.refused(limits=Limits(cell_bytes=100))
    assert message.startswith("TEXT-03 a.txt, line 2: ")
    table = desk.table(limits=Limits(cell_bytes=100), set_aside=True)
    assert table["text"].tolist() == ["fine", "schöne Grüße"] and [row[0] for row in desk.rejects()[1:]] == ["2", "3"]


@pytest.mark.parametrize("name", ["empty.txt", "empty.conll", "empty"])
def test_case_04_an_empty_text_is_refused(desk, name):
    assert "no rows" in desk.holds(name, " \n\n").refused()


SENTENCES = """-DOCSTART- -X- -X- O

EU NNP B-NP B-ORG
rejects VBZ B-VP O
German JJ B-NP B-MISC
call NN I-NP O

# a comment
Peter NNP B-NP B-PER
Blackburn NNP I-NP I-PER
"""


def test_words_with_tags_become_a_row_a_sentence(desk):
    preview = desk.holds("train.txt", SENTENCES).look()
    assert (preview.format, preview.columns) == ("words with tags (CoNLL)", ("tokens", "tags"))
    assert not preview.problems and preview.options.part == "column 4"
    assert preview.parts == ("column 2", "column 3", "column 4")
    notes = " ".join(preview.notes)
    assert "IOB2" in notes and "-DOCSTART-) left out: 1" in notes and "Comments left out: 1" in notes
    table = desk.table()
    assert [json.loads(cell) for cell in table["tokens"]] == [
        ["EU", "rejects", "German", "call"],
        ["Peter", "Blackburn"],
    ]
    assert json.loads(table["tags"][1]) == ["B-PER", "I-PER"]


def test_another_column_may_hold_the_tags(desk):
    table = desk.holds("train.conll", SENTENCES).table(part="column 2")
    assert json.loads(table["tags"][0]) == ["NNP", "VBZ", "JJ", "NN"]
    assert "Did you mean" in desk.refused(part="column 9")


def test_tags_behind_a_tab_and_words_with_spaces_and_signs(desk):
    table = desk.holds("a.tsv", "New York\tB-LOC\n#\tO\n。\tO\n\u3000\tO\n\nnö\tO\n").table()
    assert json.loads(table["tokens"][0]) == ["New York", "#", "。", "\u3000"]
    assert "The name ends in .tsv" in desk.look().notes[0]


def test_parts_of_speech_need_no_entities(desk):
    desk.holds("pos.txt", "The\tDET\ndog\tNOUN\nbarks\tVERB\n\nA\tDET\ncat\tNOUN\n\nThe\tDET\nfox\tNOUN\nruns\tVERB\n")
    assert json.loads(desk.table()["tags"][1]) == ["DET", "NOUN"]


def test_conllu_has_its_words_in_the_second_column(desk):
    lines = ["# text = vámonos al mar", "1-2\tvámonos\t_\t_\t_\t_\t_\t_\t_\t_"]
    words = [("1", "vamos", "VERB"), ("2", "nos", "PRON"), ("3", "al", "ADP"), ("4", "mar", "NOUN")]
    lines += [f"{number}\t{word}\t_\t{kind}\t_\t_\t0\troot\t_\t_" for number, word, kind in words]
    table = desk.holds("es.conllu", "\n".join(lines) + "\n\n").table()
    assert json.loads(table["tokens"][0]) == ["vamos", "nos", "al", "mar"]
    assert json.loads(table["tags"][0]) == ["VERB", "PRON", "ADP", "NOUN"]


GERMEVAL = """#\thttp://de.wikipedia.org/wiki/Schartau\t[2009-10-17]
1\tSchartau\tB-PER\tO
2\tsagte\tO\tO
3\tdem\tO\tO

#\thttp://de.wikipedia.org/wiki/Berlin\t[2009-10-18]
1\tder\tO\tO
2\tBerliner\tB-ORG\tB-LOCderiv
3\tZeitung\tI-ORG\tO

"""


def test_numbers_that_count_the_words_are_no_words(desk):
    preview = desk.holds("NER-de-train.tsv", GERMEVAL * 3).look()
    assert preview.options.part == "column 3" and preview.parts == ("column 3", "column 4") and not preview.problems
    notes = " ".join(preview.notes)
    assert "The first column counts the words" in notes and "the tag is in column 3" in notes
    assert "Comments left out: 6" in notes and "Column 4" in notes
    table = desk.table()
    assert json.loads(table["tokens"][0]) == ["Schartau", "sagte", "dem"]
    assert json.loads(table["tags"][1]) == ["O", "B-ORG", "I-ORG"]
    inner = desk.table(part="column 4")
    assert json.loads(inner["tags"][1]) == ["O", "B-LOCderiv", "O"]


@pytest.mark.parametrize("gap", ["\t", " "])
def test_words_that_are_counted_on_and_on_or_from_nought(desk, gap):
    words = ["The DET", "dog NOUN", "barks VERB", "", "A DET", "cat NOUN", "sleeps VERB", "", "The DET", "ox NOUN"]
    for restarts in (True, False):
        lines, number = [], 0
        for word in words:
            lines.append(f"{number} {word}".replace(" ", gap) if word else "")
            number = 0 if restarts and not word else number + bool(word)
        table = desk.holds("pos.txt", "\n".join(lines) + "\n").table()
        assert json.loads(table["tokens"][1]) == ["A", "cat", "sleeps"], restarts
        assert json.loads(table["tags"][1]) == ["DET", "NOUN", "VERB"]


def test_numbers_among_the_words_stay_words(desk):
    desk.holds("a.conll", "1 CD O\n2 CD O\nRome NNP B-LOC\n\n7 CD O\nBen NNP B-PER\n")
    assert json.loads(desk.table()["tokens"][0]) == ["1", "2", "Rome"]
    desk.holds("two.conll", "1\tB-LOC\n2\tO\n3\tO\n\n1\tO\n2\tB-LOC\n")
    assert json.loads(desk.table()["tokens"][0]) == ["1", "2", "3"]


def test_what_conllu_writes_beside_its_words_is_left_out_and_counted(desk):
    def line(number, word, kind, head):
        return f"{number}\t{word}\t_\t{kind}\t_\t_\t{head}\troot\t_\t_"

    lines = ["# sent_id = 1", "# text = vom Haus her", line("1-2", "vom", "_", "_"), line("1", "von", "ADP", "3")]
    lines += [line("2", "dem", "DET", "3"), line("3", "Haus", "NOUN", "0"), line("3.1", "kam", "VERB", "_")]
    preview = desk.holds("de.conllu", "\n".join(lines) + "\n\n").look()
    assert "Lines that stand for several words (1-2) or for none (1.1) left out: 2." in preview.notes
    assert "Comments left out: 2." in preview.notes and preview.options.part == "column 4"
    assert json.loads(desk.table()["tokens"][0]) == ["von", "dem", "Haus"]


def test_a_table_of_ten_columns_with_a_number_first_is_no_conllu(desk):
    rows = "".join("\t".join([str(n), *(f"{n}.{place}" for place in range(9))]) + "\n" for n in range(1, 9))
    assert len(desk.holds("measured.tsv", rows).look().columns) == 10


def test_case_07_09_lines_with_a_wrong_number_of_columns_are_named(desk):
    lines = ["Anna B-PER", "sleeps O", "", "Berlin", "is O", "", "Rome B-LOC LOC B-LOC", "burns O", "", "Oslo B-LOC"]
    message = desk.holds("a.conll", "\n".join(lines)).refused()
    assert message.startswith("CONLL-07 a.conll, sentence 2 (line 4): line 4 has 1 columns instead of 2")
    assert {problem.code: problem.rows for problem in desk.look().errors} == {"CONLL-07": (2,), "CONLL-09": (3,)}
    table = desk.table(set_aside=True)
    assert len(table) == 2 and [row[0] for row in desk.rejects()[1:]] == ["2", "3"]
    assert table.index.tolist() == [0, 3]


@pytest.mark.parametrize(
    ("tags", "scheme", "line", "said"),
    [
        ("O I-PER O B-LOC", "IOB2", 2, "'I-PER' stands after 'O'"),
        ("B-LOC I-PER O", "IOB2", 2, "'I-PER' stands after 'B-LOC'"),
        ("B-PER LOC O O O O O O O O O O", "IOB2", 2, "'LOC' is no tag of IOB2"),
        ("B-PER O S-LOC", "IOBES", 2, "has no end"),
        ("B-PER E-PER O E-LOC", "IOBES", 4, "'E-LOC' stands after 'O'"),
        ("S-PER B-LOC", "IOBES", 2, "has no end"),
    ],
)
def test_sequences_that_break_the_rules_are_named(desk, tags, scheme, line, said):
    desk.holds("a.conll", "".join(f"w{place}\t{tag}\n" for place, tag in enumerate(tags.split())))
    (warning,) = desk.look().problems
    assert warning.level == "warning" and f"(line {line})" in warning.where
    assert said in warning.what and scheme in warning.what
    assert len(desk.table()) == 1


def test_sequences_that_keep_the_rules_are_not(desk):
    for tags in ("B-X I-X O B-X B-X", "I-X I-X O I-Y B-Y", "S-X B-Y I-Y E-Y O", "U-X B-Y L-Y"):
        desk.holds("a.conll", "".join(f"w{place}\t{tag}\n" for place, tag in enumerate(tags.split())))
        assert not desk.look().problems, tags


CONTEXT = "The Rhine rises in Switzerland. It ends in the North Sea, far from Switzerland."


def squad(*questions, **rest):
    paragraph = {"context": CONTEXT, "qas": list(questions)}
    return json.dumps({"version": "v2.0", "data": [{"title": "Rhine", "paragraphs": [paragraph]}], **rest})


def question(number, *answers, **rest):
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": f"q{number}", "question": f"Question {number}?", "answers": given, **rest}


def test_questions_with_answers_become_rows(desk):
    rows = [
        question(1, ("Switzerland", 19), ("Switzerland", 67)),
        question(2, is_impossible=True, plausible_answers=[{"text": "Sea", "answer_start": 53}]),
    ]
    preview = desk.holds("dev.json", squad(*rows)).look()
    assert preview.format == "questions with answers (SQuAD)" and not preview.problems
    assert any("Questions without an answer: 1" in note for note in preview.notes)
    table = desk.table()
    assert table.columns.tolist() == ["id", "title", "context", "question", "answer", "answer_start", "answers"]
    first = table.iloc[0]
    assert (first["title"], first["context"], first["answer"], first["answer_start"]) == (
        *("Rhine", CONTEXT),
        *("Switzerland", "19"),
    )
    assert json.loads(first["answers"])[1] == {"text": "Switzerland", "answer_start": 67}
    assert table.iloc[1][["answer", "answer_start", "answers"]].tolist() == ["", "", "[]"]


def test_an_answer_that_stands_elsewhere_is_corrected_and_said(desk):
    desk.holds("dev.json", squad(question(1, ("Rhine", 4)), question(2, ("Switzerland", 60))))
    assert desk.table()["answer_start"].tolist() == ["4", "67"]
    assert any("corrected: 1 (first: question 2)" in note for note in desk.look().notes)


def test_an_answer_that_is_not_in_its_context_is_named_and_can_be_set_aside(desk):
    desk.holds("dev.json", squad(question(1, ("Rhine", 4)), question(2, ("Danube", 4)), question(3, ("Sea", 53))))
    message = desk.refused()
    assert message.startswith("SQUAD-24 dev.json, question 2 (paragraph 1 of 'Rhine'), column \"answer\": ")
    assert "'Danube' is not in its context" in message and "or set it aside" in message
    assert desk.table(set_aside=True)["id"].tolist() == ["q1", "q3"]
    assert desk.rejects()[1][0] == "2" and "Danube" in desk.rejects()[1]


def test_wrong_answers_beside_right_ones_are_left_out(desk):
    desk.holds("dev.json", squad(question(1, ("Danube", 0), ("Rhine", 4))))
    assert json.loads(desk.table()["answers"][0]) == [{"text": "Rhine", "answer_start": 4}]
    assert any("left out beside others that are: 1" in note for note in desk.look().notes)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"id": "q", "answers": []}, "the question is missing"),
        ({"id": "q", "question": "Who?", "answers": "Rhine"}, 'no list of "answers"'),
        ("Who?", "a text"),
        ({"id": "q", "question": "Who?", "answers": [{"text": "", "answer_start": 1}]}, "not in its context"),
        ({"id": "q", "question": 1, "answers": []}, "the question is missing"),
    ],
)
def test_case_24_questions_of_another_shape_are_numbered(desk, broken, said):
    message = desk.holds("dev.json", squad(question(1, ("Rhine", 4)), broken)).refused()
    assert message.startswith("SQUAD-24 dev.json, question 2 ") and said in message
    assert len(desk.table(set_aside=True)) == 1


def test_case_23_a_squad_file_that_was_cut_off(desk):
    whole = squad(question(1, ("Rhine", 4)), question(2, ("Rhine", 4)))
    message = desk.holds("dev.json", whole[:-5]).refused()
    assert message.startswith("SQUAD-24 dev.json, line 1, character ") and "cut off" in message


@pytest.fixture
def database(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as made:
        made.execute('CREATE TABLE "re""views" (text TEXT, stars INTEGER, "when" TEXT, raw BLOB)')
        made.executemany(
            'INSERT INTO "re""views" VALUES (?, ?, ?, ?)',
            [("gut, schön", 5, "2024-01-02", b"x"), ("NA", 9007199254740993, None, None), ("1e400", 1.5, "", b"")],
        )
        made.execute("CREATE TABLE people (name TEXT)")
        made.execute('CREATE VIEW best AS SELECT text FROM "re""views" WHERE stars = 5')
    made.close()
    return path


def test_tables_and_views_of_a_database_are_parts(desk, database):
    desk.holds("shop.db", database.read_bytes())
    preview = desk.look()
    assert preview.format == "SQLite database" and preview.parts == ('re"views', "people", "best")
    (problem,) = preview.errors
    assert problem.code == "SQLITE-22" and "--sheet" in problem.remedy
    table = desk.table(part='re"views')
    assert table.columns.tolist() == ["text", "stars", "when", "raw"]
    assert table["text"].tolist() == ["gut, schön", "NA", "1e400"]
    assert table["stars"].tolist() == ["5", "9007199254740993", "1.5"]
    assert table["when"].tolist() == ["2024-01-02", "", ""]
    assert desk.table(part="best")["text"].tolist() == ["gut, schön"]
    assert desk.holds("people.txt", database.read_bytes()).refused(part="people").endswith("rows.")
    assert database.read_bytes() == desk.path.read_bytes()
    assert {path.name for path in desk.path.parent.iterdir()} == {"upload", "into", "shop.db"}


@pytest.mark.parametrize(
    "view",
    [
        "SELECT load_extension('/tmp/evil')",
        "SELECT * FROM pragma_database_list",
        "SELECT name FROM sqlite_master WHERE writefile('x', 'y')",
        "SELECT fts3_tokenizer('simple')",
    ],
)
def test_case_79_a_view_that_does_more_than_read_is_refused(desk, tmp_path, view):
    with sqlite3.connect(tmp_path / "evil.db") as made:
        made.execute("CREATE TABLE a (b)")
        made.execute("INSERT INTO a VALUES (1)")
        made.execute(f"CREATE VIEW evil AS {view}")
    made.close()
    message = desk.holds("evil.db", (tmp_path / "evil.db").read_bytes()).refused(part="evil")
    assert message.startswith("SQLITE-23 evil.db")


def test_case_23_a_database_that_was_cut_off_or_damaged(desk, tmp_path):
    with sqlite3.connect(tmp_path / "big.db") as made:
        made.execute("CREATE TABLE texts (text TEXT)")
        made.executemany("INSERT INTO texts VALUES (?)", [(f"text number {number} " * 20,) for number in range(500)])
    made.close()
    whole = (tmp_path / "big.db").read_bytes()
    assert desk.holds("big.db", whole[: len(whole) // 2]).refused().startswith("SQLITE-23 big.db")
    assert desk.holds("big.db", whole[:40]).refused().startswith("SQLITE-23 big.db: the database cannot be read")


def test_case_03_a_cell_that_is_no_text(desk, tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as made:
        made.execute("CREATE TABLE a (text TEXT)")
        made.execute("INSERT INTO a VALUES ('fine'), (CAST(x'ff' AS TEXT)), (CAST(x'00' AS TEXT))")
    made.close()
    desk.holds("a.db", (tmp_path / "a.db").read_bytes())
    assert {problem.code for problem in desk.look().errors} == {"SQLITE-03", "SQLITE-10"}
    assert desk.table(set_aside=True)["text"].tolist() == ["fine"]


def test_every_ending_is_offered_in_lower_case():
    assert {".txt", ".text", ".md", ".conll", ".sqlite", ".db", ".csv", ".xlsx"} <= set(detection.ENDINGS)
    assert all(ending == ending.lower() for ending in detection.ENDINGS)


def test_case_03_messages_about_cells_that_are_no_text_can_be_written(desk):
    whole = squad(question(1, ("Rhine", 4)), question(2, ("Dan*b", 4))).encode()
    message = desk.holds("dev.json", whole.replace(b"Dan*b", b"Dan\xffb")).refused(encoding="utf-8")
    assert message.startswith("SQUAD-24 dev.json, question 2 ") and "'Dan?b' is not in its context" in message
    assert desk.table(set_aside=True, encoding="utf-8")["id"].tolist() == ["q1"]
    tagged = b"Anna\tB-PER\nm\tI-L\xffC\n" + b"und\tO\n" * 9
    (broken, warning) = desk.holds("a.conll", tagged).look(encoding="utf-8").problems
    assert broken.code == "CONLL-03" and "'I-L?C'" in warning.what


def test_an_index_of_texts_and_its_machinery_are_no_tables(desk, tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as made:
        made.execute("CREATE TABLE notes_data (text TEXT)")
        made.execute("INSERT INTO notes_data VALUES ('fine')")
        made.execute("CREATE VIRTUAL TABLE docs USING fts5(title, body)")
        made.execute("CREATE VIRTUAL TABLE found USING fts5(text, content='notes_data')")
    made.close()
    preview = desk.holds("a.db", (tmp_path / "a.db").read_bytes()).look()
    assert preview.parts == ("notes_data",) and not preview.problems
    assert "Virtual tables (such as indexes of texts) left out: 'docs', 'found'." in preview.notes
    assert desk.table()["text"].tolist() == ["fine"]


def test_case_04_a_database_of_nothing_but_an_index_says_so(desk, tmp_path):
    with sqlite3.connect(tmp_path / "a.db") as made:
        made.execute("CREATE VIRTUAL TABLE docs USING fts5(title, body)")
    made.close()
    message = desk.holds("a.db", (tmp_path / "a.db").read_bytes()).refused()
    assert message.startswith("SQLITE-04 a.db: the database holds only virtual tables ('docs')")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,label\ngood,a\n"),
        ("a.txt", "One line.\nAnother.\n"),
        ("a.jsonl", '{"a": 1}\n{"a": 2}\n'),
        ("a.json", '[{"a": 1}]'),
        ("a.conll", "EU\tB-ORG\nsays\tO\n"),
    ],
)
def test_case_22_a_part_of_what_has_none_is_refused(desk, name, content):
    message = desk.holds(name, content).refused(part="Sheet7")
    assert "-22" in message and "no part 'Sheet7'" in message and "--sheet" in message


@pytest.mark.parametrize("missing", [1, 100, 3000])
def test_a_database_that_was_cut_off_is_not_read_as_empty_cells(desk, database, missing):
    message = desk.holds("shop.db", database.read_bytes()[:-missing]).refused(part="people")
    assert message.startswith("SQLITE-23 shop.db: the database is cut off")


def test_ids_of_questions_that_are_numbers_are_kept(desk):
    desk.holds("dev.json", squad(question(1, ("Rhine", 4), id=12)))
    assert desk.table()["id"].tolist() == ["12"]
