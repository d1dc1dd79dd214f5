"""An exported folder is whole, says what it is, and works without the workbench."""

import csv
import json
import os
import subprocess
import sys
import zipfile

import pytest

from workbench.artefacts import folders
from workbench.errors import ArtefactError
from workbench.export.archive import archive
from workbench.serve.predictor import Predictor

TEXTS = ["Free prize, <b>call</b>  now", "see you at noon", "", "=1 win money"]


def test_the_folder_holds_everything_and_matches_its_manifest(model):
    listed = set(folders.verify(model))
    assert {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "labels.json",
        "workbench.json",
        "preparation.py",
        "preparation.json",
        "recipe.yaml",
        "README.md",
        "predict.py",
        "requirements.txt",
    } <= listed
    about = json.loads((model / "workbench.json").read_text())
    assert about["task"] == "text-classification"
    assert about["columns"] == {"text": "message", "label": "kind"}
    assert (about["inputs"], about["target"]) == (["text"], "label")
    steps = json.loads((model / "preparation.json").read_text())
    assert [step["function"] for step in steps] == ["strip_html", "normalise_whitespace"]
    names = {line.partition("==")[0] for line in (model / "requirements.txt").read_text().split()}
    assert names == {"torch", "transformers"}


def test_the_card_tells_data_scores_and_licence(model):
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "0.910 (0.800 to 0.970) | 0.700" in card
    assert "320 train, 40 validation, 40 test" in card
    assert "Apache-2.0" in card
    assert "Intended use" in card


def test_case_76_the_card_shows_markup_as_text(model):
    card = (model / "README.md").read_text(encoding="utf-8")
    assert "<img" not in card
    assert "&lt;img" in card


def test_predict_py_gives_the_same_probabilities_without_the_workbench(model, tmp_path):
    table = tmp_path / "rows.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["message"], *[[text] for text in TEXTS]])
    out = tmp_path / "answers.csv"
    bare = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    command = [sys.executable, "predict.py", str(table), "--out", str(out)]
    done = subprocess.run(command, cwd=model, env=bare, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with out.open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    assert [answer["message"] for answer in answers][-1] == "'=1 win money"  # case 77: no formula in the file
    expected = Predictor(model).predict([{"message": text} for text in TEXTS])
    assert [answer["prediction"] for answer in answers] == expected["prediction"].tolist()
    for label in ("ham", "spam"):
        given = [float(answer[f"probability_{label}"]) for answer in answers]
        assert given == pytest.approx(expected[f"probability_{label}"].tolist(), abs=1e-6)


def test_the_zip_is_the_folder_and_is_made_once(model, tmp_path):
    target = tmp_path / "cache" / "model.zip"
    made = archive(model, target, "my-model")
    with zipfile.ZipFile(made) as zipped:
        names = set(zipped.namelist())
        assert zipped.read("my-model/labels.json") == (model / "labels.json").read_bytes()
        assert {info.compress_type for info in zipped.infolist()} == {zipfile.ZIP_STORED}
    assert names == {f"my-model/{path.relative_to(model).as_posix()}" for path in model.rglob("*") if path.is_file()}
    before = made.stat().st_mtime_ns
    assert archive(model, target, "my-model").stat().st_mtime_ns == before
    assert list(target.parent.iterdir()) == [target]


def test_a_damaged_folder_is_not_zipped(model, tmp_path):
    import shutil

    broken = shutil.copytree(model, tmp_path / "broken")
    with (broken / "model.safetensors").open("r+b") as file:
        file.truncate(100)
    with pytest.raises(ArtefactError, match=r"model\.safetensors"):
        archive(broken, tmp_path / "model.zip", "my-model")
    assert not (tmp_path / "model.zip").exists()
