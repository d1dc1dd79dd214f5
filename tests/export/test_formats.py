"""Every format of a model for texts: made, proven against the original, and used without the workbench."""

import csv
import json
import os
import resource
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from tests import tiny_export
from tests.export import proving
from workbench.artefacts import folders
from workbench.cli.main import main
from workbench.errors import ArtefactError, ModelError
from workbench.export import delivery, formats, making, receipt
from workbench.serve.predictor import Predictor

NAMES = [format.name for format in formats.FORMATS]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    return proving.decisive(tiny_export.exported(tmp_path_factory.mktemp("original")))


@pytest.fixture(scope="module")
def rows(original):
    """Ten rows from the row 3 of the data on, of which the original knows some."""
    raw = pd.DataFrame({"message": proving.TEXTS, "more": "x"}, index=range(2, 12))
    truth = pd.DataFrame({"text": proving.TEXTS, "label": ["ham", "spam"] * 5}, index=raw.index)
    return proving.held_out(original, raw, truth)


@pytest.fixture(scope="module")
def exports(original, tmp_path_factory):
    """A folder for each format."""
    root = tmp_path_factory.mktemp("exports")
    return {name: proving.made(original, name, root) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_format_answers_as_the_original_and_says_so(exports, rows, name):
    found = proving.proven(exports[name], name, rows)
    assert found.proven and (found.rows, found.split, found.differing) == (10, "test", ())
    assert found.agreement == 1.0 and found.largest_difference < (1e-4 if name in ("folder", "onnx") else 0.2)
    assert found.scores == found.original_scores and found.scores["accuracy"] > 0
    assert set(found.per_class) == set(found.original_per_class) == {"ham", "spam"}
    assert found.size_mb == round(folders.size(exports[name]) / 1e6, 2)
    assert 0 < found.latency_ms["p50"] <= found.latency_ms["p95"] and found.rows_per_second > 0
    assert json.loads(json.dumps(found.to_dict())) == found.to_dict()
    receipt.refuse(found, "here")


def test_the_formats_hold_what_they_promise(original, exports):
    from safetensors.torch import load_file

    halved = load_file(exports["bf16"] / "model.safetensors")
    assert {str(weight.dtype) for weight in halved.values()} == {"torch.bfloat16", "torch.float32"}
    sizes = {name: (exports[name] / "model.onnx").stat().st_size for name in ("onnx", "onnx-int8")}
    assert sizes["onnx-int8"] < 0.8 * sizes["onnx"]  # of so small a network much is not weights
    assert (exports["bf16"] / "model.safetensors").stat().st_size < 0.7 * (
        original / "model.safetensors"
    ).stat().st_size
    for name in ("onnx", "onnx-int8"):
        assert not (exports[name] / "model.safetensors").exists()
        packages = {line.partition("==")[0] for line in (exports[name] / "requirements.txt").read_text().split()}
        assert packages == {"numpy", "onnxruntime", "tokenizers"}
        assert f'"format": "{name}"' in (exports[name] / "workbench.json").read_text()
        assert "receipt.json" in (exports[name] / "README.md").read_text()


def test_predict_py_of_an_onnx_folder_needs_no_torch(exports, tmp_path):
    for banned in ("torch", "transformers", "workbench", "pandas", "onnx"):
        (tmp_path / f"{banned}.py").write_text(f"raise ImportError('{banned} is not here')")
    with (tmp_path / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["message"], *[[text] for text in proving.TEXTS]])
    command = [sys.executable, "predict.py", str(tmp_path / "rows.csv"), "--out", str(tmp_path / "out.csv")]
    bare = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=exports["onnx"], env=bare, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        answers = list(csv.DictReader(file))
    expected = Predictor(exports["onnx"]).predict([{"message": text} for text in proving.TEXTS])
    assert [answer["prediction"] for answer in answers] == expected["prediction"].tolist()
    given = [float(answer["probability_spam"]) for answer in answers]
    assert given == pytest.approx(expected["probability_spam"].tolist(), abs=1e-6)


def test_a_swapped_label_map_is_caught_and_told_where(exports, rows, tmp_path):
    spoilt = proving.changed(exports["onnx"], tmp_path / "spoilt")
    (spoilt / "labels.json").write_text('["spam", "ham"]')
    folders.write_manifest(spoilt)
    found = proving.proven(spoilt, "onnx", rows)
    assert found.agreement == 0.0 and not found.proven
    with pytest.raises(ModelError, match=r"EXPORT-01.*10 of 10 test rows.*rows 3, 4, 5.*of the data") as refused:
        receipt.refuse(found, "spoilt")
    assert "not handed over" in refused.value.remedy


def test_a_spoilt_tokenizer_is_caught(exports, rows, tmp_path):
    spoilt = proving.changed(exports["folder"], tmp_path / "spoilt")
    content = json.loads((spoilt / "tokenizer.json").read_text(encoding="utf-8"))
    words = content["model"]["vocab"]
    usual = [word for word in words if len(word) > 2 and word[0] not in "[#"]
    numbers = [words[word] for word in usual]
    words.update(zip(usual, numbers[1:] + numbers[:1], strict=True))
    (spoilt / "tokenizer.json").write_text(json.dumps(content), encoding="utf-8")
    folders.write_manifest(spoilt)
    found = proving.proven(spoilt, "folder", rows)
    assert not found.proven and found.largest_difference > found.difference_limit
    with pytest.raises(ModelError, match="EXPORT-01"):
        receipt.refuse(found, "spoilt")


def test_a_few_other_answers_pass_where_the_format_rounds(rows):
    answered = rows.answered
    other = answered.copy()
    other["prediction"] = ["spam" if label == "ham" else "ham" for label in other["prediction"]]
    half = pd.concat([answered.iloc[:9], other.iloc[9:]])
    wrong, largest = receipt.differences(formats.by_name("onnx-int8"), answered, half)
    assert wrong.tolist() == [False] * 9 + [True] and largest == 0.0


def test_two_answers_that_are_as_probable_are_no_difference():
    first = pd.DataFrame({"prediction": ["a"], "probability_a": [0.5], "probability_b": [0.5]})
    second = pd.DataFrame({"prediction": ["b"], "probability_a": [0.49999], "probability_b": [0.50001]})
    wrong, largest = receipt.differences(formats.by_name("onnx"), first, second)
    assert not wrong.any() and largest == pytest.approx(1e-5)


def test_numbers_are_compared_by_their_spread():
    first = pd.DataFrame({"prediction": np.arange(100.0)})
    second = first + np.where(np.arange(100) == 7, 1.0, 1e-3)[:, None]
    wrong, largest = receipt.differences(formats.by_name("folder"), first, second)
    assert np.flatnonzero(wrong).tolist() == [7] and largest == pytest.approx(1 / first["prediction"].std(ddof=0))
    lost = first.copy()
    lost.loc[3, "prediction"] = np.nan
    assert receipt.differences(formats.by_name("folder"), first, lost)[0][3]


@pytest.mark.parametrize("name", ["onnx", "bf16"])
@pytest.mark.parametrize(
    "command", [("predict", "rows.csv", "--out", "out.csv"), ("serve",)], ids=lambda words: words[0]
)
def test_case_61_one_flipped_byte_is_refused_by_the_manifest(exports, tmp_path, capsys, monkeypatch, name, command):
    spoilt = proving.changed(exports[name], tmp_path / "spoilt")
    weights = next(spoilt.glob("model.*"))
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("message\nok\n")
    assert main([command[0], str(spoilt), *command[1:]]) == 2
    told = capsys.readouterr().err
    assert weights.name in told and "expected SHA-256" in told
    assert not (tmp_path / "out.csv").exists()


def test_case_74_a_network_that_wants_other_files_is_refused(exports, tmp_path):
    import onnx

    (tmp_path / "secret").write_bytes(bytes(10_000))
    for place in ("../secret", "/etc/passwd"):
        spoilt = proving.changed(exports["onnx"], tmp_path / place.replace("/", "-"))
        network = onnx.load(spoilt / "model.onnx")
        weight = max(network.graph.initializer, key=lambda tensor: len(tensor.raw_data))
        weight.ClearField("raw_data")
        weight.data_location = onnx.TensorProto.EXTERNAL
        weight.external_data.add(key="location", value=place)
        (spoilt / "model.onnx").write_bytes(network.SerializeToString())
        folders.write_manifest(spoilt)
        with pytest.raises(ModelError, match=f"MODEL-74.*'{place}'"):
            Predictor(spoilt)


def test_case_71_what_is_no_onnx_is_refused(exports, tmp_path):
    spoilt = proving.changed(exports["onnx"], tmp_path / "spoilt")
    (spoilt / "model.onnx").write_bytes(b"\x80\x04\x95pickle")
    folders.write_manifest(spoilt)
    with pytest.raises(ModelError, match=r"model\.onnx: this is no ONNX file"):
        Predictor(spoilt)


def test_a_format_that_cannot_hold_a_model_is_refused_with_the_reason(original, rows, tmp_path):
    other = proving.changed(original, tmp_path / "other")
    about = json.loads((other / "workbench.json").read_text())
    (other / "workbench.json").write_text(json.dumps(about | {"task": "question-answering"}))
    with pytest.raises(ModelError, match=r"cannot be had as 'onnx'.*'question-answering' is not written as ONNX yet"):
        delivery.deliver(other, formats.by_name("onnx"), rows, tmp_path / "out", "model", lambda *said: None)
    (other / "model.safetensors").unlink()
    assert "scikit-learn" in delivery.refused(other, formats.by_name("bf16"))
    assert "skl2onnx" in delivery.refused(other, formats.by_name("onnx-int8"))
    assert not (tmp_path / "out").exists()
    with pytest.raises(ModelError, match=r"There is no format 'pickle'.*folder, onnx"):
        formats.by_name("pickle")


def test_a_delivery_is_made_and_proven_in_processes_of_their_own(original, rows, tmp_path):
    told = []
    found = delivery.deliver(
        original, formats.by_name("onnx"), rows, tmp_path, "model", lambda *said: told.append(said)
    )
    assert found == receipt.read(tmp_path / "model") and found.proven and found.agreement == 1.0
    assert receipt.NAME in folders.verify(tmp_path / "model")
    assert told[0] == ("writing", None) and told[-1][0] == "proving" and told[-1][1] > 0.5
    assert [path.name for path in tmp_path.iterdir() if path.name != folders.STAGING] == ["model"]


def test_case_52_a_full_disk_leaves_nothing(original, rows, tmp_path):
    """No file may grow beyond 20 kB, in this process and in one that it starts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        for name in NAMES:
            with (
                pytest.raises(ArtefactError, match=r"could not be written"),
                folders.new_folder(tmp_path, "model") as staged,
            ):
                making.write(name, original, staged, lambda doing: None)
        with pytest.raises(ArtefactError, match=r"could not be written"):
            delivery.deliver(original, formats.by_name("folder"), rows, tmp_path, "model", lambda *said: None)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path for path in tmp_path.rglob("*") if path.name != folders.STAGING] == []
