"""import from everywhere, and run from a recipe that names data elsewhere."""

import json
import sqlite3
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data_hub import Hub, serving
from workbench.cli import main
from workbench.services import projects


@pytest.fixture
def hub(tmp_path, monkeypatch):
    folder = tmp_path / "reviews"
    folder.mkdir()
    for split, number in {"train": 40, "test": 3}.items():
        texts = ["aaa good", "bbb bad"] * number
        table = pa.table({"text": texts, "label": ["a", "b"] * number})
        pq.write_table(table, folder / f"{split}-00000-of-00001.parquet")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with serving(Hub({"acme/reviews": folder})) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield


def test_folders_and_archives_are_imported_like_files(command, tmp_path):
    folder = tmp_path / "texts.v1"
    for label in ("good", "bad"):
        (folder / label).mkdir(parents=True)
        (folder / label / "1.txt").write_text(f"a {label} text")
    with zipfile.ZipFile(tmp_path / "texts.zip", "w") as archive:
        for path in folder.rglob("*.txt"):
            archive.write(path, path.relative_to(folder))
    said = [command("import", source, "--project", "P", "--json").json for source in (folder, tmp_path / "texts.zip")]
    assert [(one["rows"], one["data_set"]) for one in said] == [(2, "texts.v1"), (2, "texts")]


def test_a_table_of_a_database_file_is_chosen_as_a_sheet(command, tmp_path):
    with sqlite3.connect(tmp_path / "shop.db") as made:
        made.execute("CREATE TABLE other (x)")
        made.execute("CREATE TABLE reviews (text, label)")
        made.execute("INSERT INTO reviews VALUES ('fine', 'a'), ('bad', 'b')")
    made.close()
    refused = command("import", tmp_path / "shop.db", "--project", "P")
    assert refused.code == 2 and "SQLITE-22 shop.db" in refused.err and "--sheet" in refused.err
    assert command("import", tmp_path / "shop.db", "--project", "P", "--sheet", "reviews", "--json").json["rows"] == 2


def test_lines_may_be_rows_whatever_they_hold(command, tmp_path):
    (tmp_path / "pairs.txt").write_text("text,label\none,a\ntwo,b\n")
    words = ("import", tmp_path / "pairs.txt", "--project", "P", "--json", "--name")
    assert command(*words, "table").json["rows"] == 2
    assert command(*words, "lines", "--delimiter", "lines").json["rows"] == 3


@pytest.mark.usefixtures("hub")
def test_a_data_set_of_the_hub_is_imported(command, store):
    said = command("import", "hub:acme/reviews", "--sheet", "train", "--project", "P", "--role", "text=text", "--json")
    assert (said.json["rows"], said.json["data_set"]) == (80, "reviews train")
    assert not list(store.settings.uploads.iterdir())


@pytest.mark.slow
@pytest.mark.usefixtures("hub")
def test_a_recipe_may_name_a_data_set_of_the_hub(command, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "task: toy-letters\ndata: {source: 'hub:acme/reviews#train', columns: {text: text, label: label}}\n"
        "training: {epochs: 1, batch_size: 8, learning_rate: 0.01}\n"
    )
    assert command("run", recipe, "--project", "P", "--json").json["state"] == "SUCCEEDED"


@pytest.mark.usefixtures("hub")
def test_case_22_a_table_of_the_hub_must_be_chosen(store, capsys):
    for source, said in {"hub:acme/reviews": "--sheet", "hub:acme/none": "no such data set"}.items():
        assert main.main(["import", source, "--project", "P"]) == 2
        assert said in capsys.readouterr().err and projects.by_name(store, "P") is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://data.example/a.csv", "WORKBENCH_ALLOW_WEB=1"),
        ("http://data.example/a.csv", "WORKBENCH_ALLOW_WEB=1"),
        ("sql:sqlite:////etc/passwd", "SQL-79"),
        ("sql:postgresql://me:hunter2@127.0.0.1:9/shop", "SQL-79 postgresql://me@127.0.0.1:9/shop"),
        ("hub:../../etc", "HUB-75"),
        ("nothing.csv", "FILE-00"),
        ("sample/nothing", "DATA-02"),
    ],
)
def test_what_cannot_be_had_is_one_line_and_code_2(store, capsys, source, said):
    assert main.main(["import", source, "--project", "P"]) == 2
    refused = capsys.readouterr().err
    assert said in refused and "hunter2" not in refused and len(refused.strip().splitlines()) == 1
    assert projects.by_name(store, "P") is None


@pytest.mark.usefixtures("store")
def test_case_78_an_allowed_web_is_still_only_the_public_one(capsys, monkeypatch):
    monkeypatch.setenv("WORKBENCH_ALLOW_WEB", "1")
    assert main.main(["import", "https://localhost/a.csv", "--project", "P"]) == 2
    refused = capsys.readouterr().err
    assert "WEB-78 localhost" in refused and "not public" in refused


@pytest.mark.usefixtures("store")
def test_case_84_a_recipe_may_hold_no_password(capsys, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        "task: toy-letters\ndata: {source: 'sql:postgresql://me:hunter2@127.0.0.1:9/shop?table=reviews'}\n"
    )
    assert main.main(["run", str(recipe), "--project", "P"]) == 2
    refused = capsys.readouterr().err
    assert "SQL-84" in refused and "WORKBENCH_SQL_PASSWORD" in refused


@pytest.mark.usefixtures("store")
def test_samples_say_what_they_are_for(capsys):
    assert main.main(["samples", "--json"]) == 0
    listed = {sample["id"]: sample for sample in json.loads(capsys.readouterr().out)["samples"]}
    assert listed["sample/squad"]["task"] == "question-answering" and listed["sample/iris"]["present"]
    assert main.main(["samples"]) == 0
    assert "tabular-regression" in capsys.readouterr().out


def test_a_sample_of_an_installed_library_needs_no_network(command):
    said = command("import", "sample/iris", "--project", "P", "--json", PIP_NO_INDEX="1")
    assert said.json["rows"] == 150, said
