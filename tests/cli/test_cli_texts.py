"""Texts from a table to predictions with a network from scratch, without a browser; its server and script agree."""

import csv
import subprocess
import sys

import pytest

from workbench.serve import process


@pytest.fixture
def moods(tmp_path):
    """A table whose labels hang on one word, and a recipe that leaves every value to the rules."""
    folder = tmp_path / "moods"
    folder.mkdir()
    words = {"praise": ["good", "lovely", "happy"], "blame": ["bad", "awful", "sad"]}
    rows = [
        (f"{filler} was {words[label][number % 3]}", label)
        for number in range(40)
        for filler in ("the book", "a long film", "our room", "the staff there")
        for label in words
    ]
    with (folder / "moods.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("review", "mood"), *rows])
    (folder / "recipe.yaml").write_text(
        "task: text-classification\n"
        "data: {source: moods.csv, columns: {text: review, label: mood}}\n"
        "prepare: [{step: lowercase}]\n"
        "model: {id: scratch/gru}\n"
        "training: {epochs: 4}\n"
    )
    return folder


@pytest.mark.slow
def test_from_a_table_of_texts_to_predictions(trained, predicted, moods, tmp_path):
    scores, model = trained(moods / "recipe.yaml")
    assert scores["macro_f1"] >= 0.95
    assert "transformers" not in (model / "requirements.txt").read_text()
    texts = ["The dinner was LOVELY", "an awful day", ""]
    table = tmp_path / "in.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("review", "n"), *[(text, 1) for text in texts]])
    answers = predicted(model, table)
    assert [row["prediction"] for row in answers][:2] == ["praise", "blame"]
    script = [sys.executable, "predict.py", str(table), "--out", str(tmp_path / "script.csv")]
    done = subprocess.run(script, cwd=model, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "script.csv").open(newline="", encoding="utf-8") as file:
        scripted = list(csv.DictReader(file))
    server = process.start(model, tmp_path / "server.log")
    try:
        served = process.ask(server.port, [{"review": text} for text in texts])
    finally:
        process.stop(server)
    for other in (scripted, served):
        assert [row["prediction"] for row in other] == [row["prediction"] for row in answers]
        given = [float(row["probability_praise"]) for row in other]
        assert given == pytest.approx([float(row["probability_praise"]) for row in answers], abs=1e-5)


def test_a_network_for_whole_texts_is_not_started_for_entities(command, tmp_path):
    (tmp_path / "words.txt").write_text("\n\n".join(["Ann B-PER\nsings O"] * 12) + "\n")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("task: token-classification\ndata: {source: words.txt}\nmodel: {id: scratch/lstm}\n")
    said = command("run", recipe)
    assert said.code != 0 and "does not learn what the task" in said.err
