"""ONNX of every task that has it: the same answers as the network gives, also where nothing but onnxruntime is."""

import csv
import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests import tiny_images, tiny_models
from tests.export import folders_of, proving
from workbench.export import delivery, formats
from workbench.serve.predictor import Predictor

SENTENCES = [
    "Ann went to Ulm, and Bob (her friend) stayed at home.",
    "",
    '["see", "you", "later"]',
    "ok " * 40,
    "\u00e9\x01!",
]


def both(model, into):
    """The original and its ONNX form, ready to answer."""
    return Predictor(model), Predictor(proving.made(model, "onnx", into))


def bare(folder, given, tmp_path):
    """The rows that predict.py writes where torch, transformers, pandas and the workbench are not."""
    (tmp_path / "without").mkdir()
    for banned in ("torch", "transformers", "workbench", "pandas", "onnx", "safetensors"):
        (tmp_path / "without" / f"{banned}.py").write_text(f"raise ImportError('{banned} is not here')")
    command = [sys.executable, "predict.py", str(given), "--out", str(tmp_path / "out.csv")]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "without")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def near(first, second):
    """The same answers, and probabilities that differ in the last digits only."""
    assert first["prediction"].tolist() == second["prediction"].tolist()
    names = [name for name in first.columns if name.startswith("probability_")]
    np.testing.assert_allclose(first[names], second[names], atol=1e-5)


@pytest.mark.parametrize("body", ["lstm", "gru", "transformer"])
def test_networks_of_words(body, tmp_path):
    original, exported = both(folders_of.text_network(tmp_path, body), tmp_path)
    rows = pd.DataFrame({"says": ["good film", "", "the bad actor " * 9, "unheard-of 123", *["ok"] * 40]})
    near(original.predict(rows), exported.predict(rows))
    assert not (exported.folder / "text_network.py").exists()
    if body == "lstm":
        rows.to_csv(tmp_path / "rows.csv", index=False)
        answers = bare(exported.folder, tmp_path / "rows.csv", tmp_path)
        assert [answer["prediction"] for answer in answers] == exported.predict(rows)["prediction"].tolist()


def test_words_of_texts_also_of_long_ones(tmp_path):
    original, exported = both(folders_of.words(tmp_path), tmp_path)
    rows = pd.DataFrame({"words": SENTENCES})
    found = exported.predict(rows)
    assert found["prediction"].tolist() == original.predict(rows)["prediction"].tolist()
    assert any(found["prediction"])
    rows.to_csv(tmp_path / "rows.csv", index=False)
    answers = bare(exported.folder, tmp_path / "rows.csv", tmp_path)
    assert [json.loads(answer["prediction"]) for answer in answers] == found["prediction"].tolist()


@pytest.mark.parametrize("task", ["tabular-classification", "tabular-regression"])
def test_networks_of_tables(task, tmp_path):
    original, exported = both(folders_of.table_network(tmp_path, task), tmp_path)
    rows = folders_of.STREETS[["area", "town"]].head(12)
    first, second = original.predict(rows), exported.predict(rows)
    if task == "tabular-classification":
        near(first, second)
    else:
        np.testing.assert_allclose(first["prediction"], second["prediction"], rtol=1e-5)
        assert first["prediction"].std() > 0
    rows.to_csv(tmp_path / "rows.csv", index=False)
    answers = bare(exported.folder, tmp_path / "rows.csv", tmp_path)
    column = "probability_yes" if task == "tabular-classification" else "prediction"
    np.testing.assert_allclose([float(answer[column]) for answer in answers], second[column], rtol=1e-5)
    assert not (exported.folder / "table_mlp.py").exists()


def test_networks_of_images(tmp_path):
    original, exported = both(tiny_images.exported(tmp_path), tmp_path)
    assert "it convolves" in delivery.refused(original.folder, formats.by_name("onnx-int8"))
    rows = pd.DataFrame({"image": tiny_images.stripes(40)["image"]})
    first, second = original.predict(rows), exported.predict(rows)
    near(first, second)
    rows.assign(image=[os.path.relpath(path, tmp_path) for path in rows["image"]]).to_csv(tmp_path / "rows.csv")
    answers = bare(exported.folder, tmp_path / "rows.csv", tmp_path)
    assert [float(answer["confidence"]) for answer in answers] == pytest.approx(second["confidence"].tolist(), abs=1e-5)
    assert {line.partition("==")[0] for line in (exported.folder / "requirements.txt").read_text().split()} == {
        "numpy",
        "onnxruntime",
        "pillow",
    }


@pytest.mark.parametrize("kind", ["roberta", "mpnet", "deberta-v2", "modernbert"])
def test_encoders_that_count_places_in_ways_of_their_own(kind, tmp_path):
    """What is written for two texts of 8 pieces holds for other numbers of texts and pieces."""
    import torch

    from workbench.export.formats import graphs
    from workbench.networks.text_encoder import TextClassifier, load_encoder
    from workbench.serve.onnx_session import Session, padded

    network = TextClassifier(load_encoder(tiny_models.encoder_into(tmp_path / "base", kind))[0], 32, 3, 1).eval()
    graphs.write(graphs._of_words(network, {}, ()), tmp_path / "model.onnx")
    session = Session(tmp_path)
    for lengths in ([1], [40, 3, 17], [9] * 5):
        ids, mask = padded([list(range(5, 5 + length)) for length in lengths], 0)
        with torch.no_grad():
            wanted = network(torch.from_numpy(ids), torch.from_numpy(mask)).numpy()
        np.testing.assert_allclose(session.run(ids, mask), wanted, atol=1e-4)
