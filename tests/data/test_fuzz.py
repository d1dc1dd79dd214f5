"""Files with random damage: every reader ends in a typed error or a whole table, and writes nowhere else."""

import io
import json
import random
import sqlite3
import warnings
import zipfile
from contextlib import closing

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from workbench.data import reader
from workbench.data.read_options import ReadOptions
from workbench.data.tables import read_table
from workbench.errors import DataError
from workbench.settings import Limits

RECORDS = [
    {"text": f"Bücher, Nr. {number}", "label": "ab"[number % 2], "n": number / 3, "in": {"x": [number, None]}}
    for number in range(12)
]
LIMITS = Limits(columns=200, cell_bytes=10_000, cells=100_000)
SALT = [
    b"",
    b"\0",
    b"\xff",
    b'"',
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b"\n",
    b"\r",
    b"<",
    b">",
    b"&",
    b"PK",
    b"99999999",
    b"-1",
]


def csv_file():
    rows = [["text", "label"], *([record["text"], record["label"]] for record in RECORDS)]
    return "".join(f'"{text}",{label}\n' for text, label in rows).encode()


def jsonl_file():
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS).encode()


def json_file():
    return json.dumps({"version": 1, "rows": RECORDS}, indent=1).encode()


def columns_file():
    return json.dumps({name: [record[name] for record in RECORDS] for name in ("text", "label", "n")}).encode()


def xlsx_file():
    book = openpyxl.Workbook()
    book.active.append(["text", "label", "n"])
    for record in RECORDS:
        book.active.append([record["text"], record["label"], record["n"]])
    book.active.merge_cells("E1:F2")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def parquet_file():
    content = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(RECORDS), content)
    return content.getvalue()


def text_file():
    return "".join(f"Ein Satz über Bücher, Nr. {number}.\n\n" for number in range(12)).encode()


def conll_file():
    words = [("Anna", "B-PER"), ("Müller", "I-PER"), ("wohnt", "O"), ("in", "O"), ("Köln", "B-LOC"), (".", "O")]
    sentence = "".join(f"{word}\tX\t{tag}\n" for word, tag in words)
    return ("-DOCSTART-\tX\tO\n\n" + f"{sentence}\n" * 12).encode()


def squad_file():
    questions = [
        {"id": f"q{number}", "question": f"Wo? {number}", "answers": [{"text": "Köln", "answer_start": 9}]}
        for number in range(12)
    ]
    paragraph = {"context": "Anna ist Köln in Köln.", "qas": questions}
    return json.dumps({"data": [{"title": "T", "paragraphs": [paragraph]}]}, indent=1, ensure_ascii=False).encode()


def sqlite_file():
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("CREATE TABLE reviews (text TEXT, label TEXT, n REAL)")
        database.executemany(
            "INSERT INTO reviews VALUES (?, ?, ?)",
            [(record["text"] * 9, record["label"], record["n"]) for record in RECORDS],
        )
        database.commit()
        return database.serialize()


FILES = {
    "csv": csv_file,
    "jsonl": jsonl_file,
    "json": json_file,
    "columns.json": columns_file,
    "xlsx": xlsx_file,
    "parquet": parquet_file,
    "txt": text_file,
    "conll": conll_file,
    "squad.json": squad_file,
    "db": sqlite_file,
}


def mutated(content, chance):
    """The bytes with a few of them changed, added, repeated or taken away, or cut off."""
    made = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 6])):
        place = chance.randrange(len(made) + 1)
        length = chance.choice([1, 1, 1, 4, 30])
        match chance.randrange(5):
            case 0:
                made[place : place + 1] = bytes([chance.randrange(256)])
            case 1:
                made[place : place + length] = chance.choice(SALT)
            case 2:
                made[place:place] = chance.choice(SALT)
            case 3:
                made[place:place] = made[place : place + length] * chance.choice([1, 2, 50])
            case _ if chance.random() < 0.3:
                del made[max(1, place) :]
            case _:
                del made[place : place + length]
    return bytes(made)


def mutated_parts(content, chance):
    """A workbook whose zip is whole while one of its parts is not: the damage that reaches the reader of sheets."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    hit = chance.choice([*parts, *["xl/worksheets/sheet1.xml"] * 10])
    parts[hit] = mutated(parts[hit], chance)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def check(folder, name, content, set_aside):
    """Read one file; what comes of it must be a refusal with a remedy, or a table that holds together."""
    folder.mkdir()
    path, into = folder / "upload", folder / "into"
    path.write_bytes(content)
    into.mkdir()
    try:
        taken = reader.take(path, name, ReadOptions(fill_merged=True), LIMITS, into, set_aside=set_aside)
    except DataError as error:
        assert error.remedy and error.code and (name in str(error))
        assert not (into / "table.parquet").exists()
    else:
        table = read_table(into)
        assert table.columns.tolist() == list(taken.columns) and len(table) == taken.rows > 0
        assert table.map(lambda cell: isinstance(cell, str)).to_numpy().all()
        assert table.index.is_monotonic_increasing and table.index.is_unique
        assert (into / "rejects.csv").exists() == (taken.set_aside > 0)
    assert {path.name for path in folder.iterdir()} == {"upload", "into"}
    assert {path.name for path in into.iterdir()} <= {"table.parquet", "profile.json", "rejects.csv"}
    assert path.read_bytes() == content


def run(folder, form, times, seed):
    content = FILES[form]()
    chance = random.Random(seed)  # the seed names the file that a failure is about
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl's on values that it does not know
        for number in range(times):
            in_parts = form == "xlsx" and number % 4
            broken = mutated_parts(content, chance) if in_parts else mutated(content, chance)
            check(folder / str(number), f"reviews.{form}", broken, set_aside=number % 2 == 0)


@pytest.mark.parametrize("form", FILES)
def test_a_hundred_damaged_files(tmp_path, form):
    run(tmp_path, form, 100, seed=1)


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("form", FILES)
def test_two_thousand_damaged_files(tmp_path, form):
    run(tmp_path, form, 2000, seed=2)
