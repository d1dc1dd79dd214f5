"""From a SQuAD file to answers without a browser: no roles are named, and a table of new questions is answered."""

import csv

import pytest

from tests.tasks.test_contract import visits
from tests.ui.test_answer_pages import squad


@pytest.mark.slow
def test_from_a_squad_file_to_answers(command, tiny_bert, tmp_path):
    (tmp_path / "visits.json").write_text(squad(), encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        "task: question-answering\n"
        "data: {source: visits.json}\n"
        "split: {method: group, column: title}\n"
        f"model: {{id: {tiny_bert}}}\n"
        "training: {epochs: 4, batch_size: 16, learning_rate: 0.003}\n",
        encoding="utf-8",
    )
    said = command("run", tmp_path / "recipe.yaml", "--json")
    assert said.code == 0, said
    assert said.json["state"] == "SUCCEEDED"
    assert said.json["scores"]["test"]["f1"] > 0.6 and said.json["scores"]["test"]["exact_match"] > 0.5
    model, out = tmp_path / "model", tmp_path / "out.csv"
    assert command("export", said.json["run_id"], "--format", "folder", "--out", model).code == 0
    visits(6)[["question", "context"]].to_csv(tmp_path / "new.csv", index=False)
    said = command("predict", model, tmp_path / "new.csv", "--out", out, "--json")
    assert said.json["rows"] == 6
    assert set(said.json["predictions"]) <= {"with an answer", "without an answer"}
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(
        row["context"][int(row["prediction_start"]) : int(row["prediction_end"])] == row["prediction"] for row in rows
    )
