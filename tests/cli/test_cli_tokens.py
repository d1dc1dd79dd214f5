"""From a CoNLL file to marked texts without a browser: no roles are named, and plain texts are asked about."""

import json

import pytest

from tests.ui.test_token_pages import conll


@pytest.mark.slow
def test_from_a_conll_file_to_marked_texts(trained, predicted, tiny_bert, tmp_path):
    (tmp_path / "trips.conll").write_text(conll(), encoding="utf-8")
    (tmp_path / "recipe.yaml").write_text(
        "task: token-classification\n"
        "data: {source: trips.conll}\n"
        f"model: {{id: {tiny_bert}}}\n"
        "training: {epochs: 3, batch_size: 16, learning_rate: 0.001}\n",
        encoding="utf-8",
    )
    scores, model = trained(tmp_path / "recipe.yaml")
    assert scores["f1"] > 0.8
    (tmp_path / "new.csv").write_text('tokens,n\n"Ada went to Rome.",1\n"It was, so to say, not long.",2\n')
    rows = predicted(model, tmp_path / "new.csv")
    assert len(rows) == 2
    assert {"start": 0, "end": 3, "label": "PER", "text": "Ada"} in json.loads(rows[0]["prediction"])
