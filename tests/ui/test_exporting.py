"""Taking a model away on the Use page: a format, its proof, the download, and the choice by size and quality."""

import json
from dataclasses import replace

import pytest

from tests.ui.conftest import shown
from tests.ui.test_pages import primaries
from workbench.errors import ModelError
from workbench.export import receipt
from workbench.services import exports
from workbench.ui import exporting


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """An export ends before the page is shown again, however busy the machine is."""
    monkeypatch.setattr(exporting, "_UNSEEN", 240.0)


def test_a_model_is_exported_proven_and_downloaded(full, page):
    test = page("use", project=full.project_id)
    assert primaries(test) == ["Export model"] and not test.get("plotly_chart")
    (choice,) = [radio for radio in test.radio if radio.key == "use_format"]
    assert choice.options == ["As it was trained", "Half the size"]
    assert "the task 'toy-letters' is not written as ONNX yet" in shown(test).replace("\\", "")
    test.button(key="use_export").click().run(timeout=240)
    assert not test.exception and not test.error
    (link,) = [link for link in test.get("link_button") if link.proto.label == "Download the model"]
    assert link.proto.url == f"/download/model/{full.run.model_id}?format=folder"
    proof = {row["what"]: row["value"] for row in test.dataframe[0].value.to_dict("records")}
    assert proof["Same answer as the original"] == "100.0%" and "original" in proof["Accuracy"]
    assert "ms" in proof["One row, usually"] and "MB" in proof["Size"]


def test_two_receipts_become_a_chart(full, page):
    made = exports.make(full.store, full.run.model_id, "folder")
    found = receipt.read(made)
    other = made.with_name(made.name.replace("-folder", "-bf16"))
    other.mkdir()
    receipt.write(other, replace(found, format="bf16", size_mb=found.size_mb / 2))
    made_of = {offer.format: offer.receipt is not None for offer in exports.offers(full.store, full.run.model_id)}
    assert made_of == {"folder": True, "onnx": False, "onnx-int8": False, "bf16": True}
    test = page("use", project=full.project_id)
    assert not test.exception
    (chart,) = test.get("plotly_chart")
    drawn = json.loads(chart.proto.spec)
    assert [trace["name"].partition(" · ")[0] for trace in drawn["data"]] == ["As it was trained", "Half the size"]
    assert drawn["layout"]["xaxis"]["title"]["text"] == "Size in MB"


def test_a_proof_that_fails_is_told_and_nothing_is_offered(full, page, monkeypatch):
    def refuse(*_):
        raise ModelError("it answers 3 of 4 rows otherwise", remedy="It is not handed over.", code="EXPORT-01")

    monkeypatch.setattr(exports, "make", refuse)
    monkeypatch.setattr(receipt, "read", lambda folder: None)
    test = page("use", project=full.project_id)
    test.button(key="use_export").click().run()
    assert "it answers 3 of 4 rows otherwise" in test.error[0].value
    assert primaries(test) == ["Export model"]


def test_the_download_names_the_format(full):
    zipped = exports.archive(full.store, full.run.model_id)
    assert zipped.suffix == ".zip"
    assert json.loads((exports.make(full.store, full.run.model_id, "folder") / "receipt.json").read_text())["rows"] > 0
