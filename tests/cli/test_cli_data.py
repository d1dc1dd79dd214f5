"""samples, import, doctor and serve."""

import http.client
import json
import os
import signal
import subprocess
import sys

import openpyxl
import pytest

from tests import tiny_export
from workbench.services import projects
from workbench.settings import ROOT


def test_samples_are_listed_with_licence_and_columns(command):
    (sample, *_) = command("samples", "--json").json["samples"]
    assert sample["id"] == "sample/sms-spam"
    assert (sample["rows"], sample["present"]) == (4862, False)
    assert set(sample["columns"]) == {"text", "label"}
    assert "CC BY" in sample["licence"]


def test_import_makes_the_table_the_projects_data(command, toys, store):
    said = command(
        "import", toys / "toys.csv", "--project", "P", "--role", "text=body", "--role", "label=kind", "--json"
    )
    assert said.code == 0, said
    assert (said.json["rows"], said.json["columns"]) == (80, {"text": "body", "label": "kind"})
    project = projects.by_name(store, "P")
    assert project.id == said.json["project_id"]
    draft = projects.draft(store, project.id)
    assert draft.data_version_id == said.json["data_version_id"]
    assert dict(draft.recipe.data.columns) == {"text": "body", "label": "kind"}


def test_import_reads_as_told(command, tmp_path):
    (tmp_path / "semi.txt").write_bytes("Text;Art\nschön;a\nüber;b\n".encode("latin-1"))
    words = ["--delimiter", ";", "--encoding", "latin-1", "--role", "text=Text", "--role", "label=Art"]
    assert command("import", tmp_path / "semi.txt", "--project", "P", *words, "--json").json["rows"] == 2


def test_case_05_a_title_above_the_table_is_left_out_when_told(command, tmp_path):
    (tmp_path / "sales.csv").write_text("Sales of May 2024\n\ntext,label\ngood,a\nbad,b\nfine,a\n")
    said = command("import", tmp_path / "sales.csv", "--project", "P")
    assert said.code == 2 and "--skip 2" in said.mistake
    assert command("import", tmp_path / "sales.csv", "--project", "P", "--skip", 2, "--json").json["rows"] == 3


def test_import_takes_a_sheet_of_a_workbook(command, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["nothing", "here"])
    sheet = book.create_sheet("Reviews")
    for row in [["text", "label"], ["one", "a"], ["two", "b"]]:
        sheet.append(row)
    book.save(tmp_path / "reviews.xlsx")
    words = ["import", tmp_path / "reviews.xlsx", "--project", "P", "--json"]
    refused = command(*words)
    assert refused.code == 2 and "XLSX-22 reviews.xlsx" in refused.err and "--sheet" in refused.err
    assert command(*words, "--sheet", "Reviews").json["rows"] == 2


@pytest.mark.parametrize("name", ["../outside", "; rm -rf x", "\\\\host\\share", "a/b"])
def test_case_75_a_projects_name_never_becomes_a_path(command, toys, store, name):
    before = sorted(path.name for path in store.settings.home.parent.iterdir())
    assert command("import", toys / "toys.csv", "--project", name, "--json").json["project"] == name
    assert sorted(path.name for path in store.settings.home.parent.iterdir()) == before
    assert projects.by_name(store, name)


def test_doctor_looks_at_everything_and_says_what_is_missing(command):
    said = command("doctor", "--json")
    checks = {check["name"]: check for check in said.json["checks"]}
    assert checks["torch"]["ok"]
    assert checks["store"]["ok"]
    assert not checks["starter model"]["ok"]
    assert "fetch starter/minilm-l6" in checks["starter model"]["remedy"]
    assert said.code == 1


def test_serve_answers_until_ctrl_c(tmp_path, store):
    model = tiny_export.exported(tmp_path / "models")
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "serve", str(model), "--json"],
        cwd=ROOT,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        text=True,
    )
    about = json.loads(process.stdout.readline())
    connection = http.client.HTTPConnection("127.0.0.1", about["port"], timeout=30)
    connection.request("POST", "/predict", '{"rows": [{"message": "free"}]}', {"Content-Type": "application/json"})
    assert json.loads(connection.getresponse().read())["predictions"][0]["prediction"] in ("ham", "spam")
    connection.close()
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0


def test_a_project_is_taken_away_and_brought_back(command, toys, store, tmp_path):
    command("import", toys / "toys.csv", "--project", "Toys", "--role", "text=body", "--role", "label=kind")
    file = command("export-project", "Toys", "--out", tmp_path, "--json").json["path"]
    made = command("import-project", file, "--json").json
    assert made["project"] == "Toys (2)"
    again, first = projects.draft(store, made["project_id"]), projects.draft(store, projects.by_name(store, "Toys").id)
    assert again.recipe == first.recipe and again.data_version_id != first.data_version_id
