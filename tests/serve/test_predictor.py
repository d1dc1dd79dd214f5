"""Prediction from an exported folder: raw rows in, by the names of their own columns."""

import json
import shutil

import pandas as pd
import pytest

from workbench.artefacts import folders
from workbench.errors import DataError, ModelError
from workbench.serve.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(model):
    return Predictor(model)


def test_rows_and_tables_give_the_same_answers(predictor):
    texts = ["free prize call now", "lunch at noon"]
    rows = predictor.predict([{"message": text, "more": 1} for text in texts])
    table = predictor.predict(pd.DataFrame({"message": texts}, index=[7, 9]))
    assert list(rows.columns) == ["prediction", "confidence", "probability_ham", "probability_spam"]
    assert table.index.tolist() == [7, 9]
    assert rows["probability_ham"].tolist() == pytest.approx(table["probability_ham"].tolist())
    assert (rows["probability_ham"] + rows["probability_spam"]).tolist() == pytest.approx([1, 1])


def test_preparation_travels_with_the_model(predictor):
    raw, clean = predictor.predict([{"message": "<p>free \n prize</p>"}, {"message": "free prize"}])["confidence"]
    assert raw == pytest.approx(clean)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"message": "a"}, {"mesage": "b"}], ["rows[1]", "'message' is missing"]),
        ([{"message": ["a"]}], ["rows[0].message", "a list"]),
        (["free"], ["rows[0]", "not str"]),
        ([{"message": "a" * 1_000_001}], ["rows[0].message", "1 MB"]),
    ],
)
def test_a_wrong_row_is_named_with_its_field(predictor, rows, words):
    with pytest.raises(DataError) as caught:
        predictor.predict(rows)
    assert all(word in str(caught.value) for word in words)


def test_a_table_without_the_column_names_the_nearest(predictor):
    with pytest.raises(DataError, match="did you mean 'messages'"):
        predictor.predict(pd.DataFrame({"messages": ["a"]}))


def test_case_61_a_truncated_model_is_refused_with_its_bytes(model, tmp_path):
    broken = shutil.copytree(model, tmp_path / "broken")
    size = (broken / "model.safetensors").stat().st_size
    with (broken / "model.safetensors").open("r+b") as file:
        file.truncate(size - 1)
    with pytest.raises(ModelError, match=f"model.safetensors: expected {size} bytes, found {size - 1}"):
        Predictor(broken)


def test_case_61_a_changed_model_is_refused_by_its_hash(model, tmp_path):
    broken = shutil.copytree(model, tmp_path / "broken")
    (broken / "labels.json").write_text((broken / "labels.json").read_text().replace("ham", "jam"))
    with pytest.raises(ModelError, match=r"labels\.json: expected SHA-256"):
        Predictor(broken)


def test_case_61_some_other_folder_is_no_model(tmp_path):
    with pytest.raises(ModelError, match="not an exported model"):
        Predictor(tmp_path)


def test_code_that_came_with_a_folder_is_not_run(model, tmp_path):
    """preparation.py is for people without the workbench; a forged one (with a fresh manifest) changes nothing."""
    forged = shutil.copytree(model, tmp_path / "forged")
    (forged / "preparation.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    folders.write_manifest(forged)
    Predictor(forged).predict([{"message": "free"}])
    assert not (tmp_path / "ran").exists()


def test_an_unknown_preparation_is_refused(model, tmp_path):
    newer = shutil.copytree(model, tmp_path / "newer")
    (newer / "preparation.json").write_text(json.dumps([{"function": "remove_emoji", "settings": {}}]))
    folders.write_manifest(newer)
    with pytest.raises(ModelError, match="remove_emoji"):
        Predictor(newer)


def test_case_74_a_manifest_cannot_name_files_outside_the_folder(model, tmp_path):
    hostile = shutil.copytree(model, tmp_path / "hostile")
    manifest = json.loads((hostile / "MANIFEST.json").read_text())
    manifest["files"]["../secret"] = {"size": 1, "sha256": "0" * 64}
    (hostile / "MANIFEST.json").write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="outside the folder"):
        Predictor(hostile)
