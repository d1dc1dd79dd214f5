"""From a CoNLL file to marked texts without a browser: no roles are named, and plain texts are asked about."""

import csv
import json

import pytest

from tests.ui.test_token_pages import conll


@pytest.mark.slow
def test_from_a_conll_file_to_marked_texts(command, tiny_bert, tmp_path):
    (tmp_path / "trips.conll").write_text(conll(), encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        "task: token-classification\n"
        "data: {source: trips.conll}\n"
        f"model: {{id: {tiny_bert}}}\n"
        "training: {epochs: 3, batch_size: 16, learning_rate: 0.001}\n",
        encoding="utf-8",
    )
    said = command("run", tmp_path / "recipe.yaml", "--json")
    assert said.code == 0, said
    assert said.json["state"] == "SUCCEEDED" and said.json["scores"]["test"]["f1"] > 0.8
    model, out = tmp_path / "model", tmp_path / "out.csv"
    assert command("export", said.json["run_id"], "--format", "folder", "--out", model).code == 0
    (tmp_path / "new.csv").write_text('tokens,n\n"Ada went to Rome.",1\n"It was, so to say, not long.",2\n')
    said = command("predict", model, tmp_path / "new.csv", "--out", out, "--json")
    assert said.json["rows"] == 2 and said.json["predictions"]["PER"] >= 1
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"start": 0, "end": 3, "label": "PER", "text": "Ada"} in json.loads(rows[0]["prediction"])
