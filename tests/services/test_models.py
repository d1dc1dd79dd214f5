"""Finished models through the services: taken away, zipped, served, asked, binned."""

import shutil
import zipfile

import psutil
import pytest

from tests import toy_store
from workbench.artefacts import folders
from workbench.errors import ArtefactError, DataError, ModelError, NotFound
from workbench.serve import process
from workbench.services import datasets, exports, models, runs
from workbench.store.records import ServerRow
from workbench.store.session import Store
from workbench.store.views import State


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One store with one finished run serves all tests here."""
    with (
        pytest.MonkeyPatch.context() as patch,
        toy_store.opened(tmp_path_factory.mktemp("home") / "store", patch) as it,
    ):
        yield it


@pytest.fixture(scope="module")
def run(store):
    started = toy_store.start(store, toy_store.project(store), epochs=1)
    yield (done := toy_store.wait(store, started.id, State.SUCCEEDED))
    models.stop_server(store, done.model_id)


def test_a_finished_model_from_export_to_bin(store, run, tmp_path):
    (view,) = models.finished(store, run.project_id)
    assert (view.run_id, view.id) == (run.id, run.model_id)

    out, receipt = exports.export(store, run.id, "folder", tmp_path / "out")
    assert receipt.agreement == 1.0 and receipt.scores == receipt.original_scores
    assert set(folders.verify(out)) >= {"model.safetensors", "workbench.json", "README.md", "recipe.yaml"}
    with pytest.raises(ModelError, match="something here already"):
        exports.export(store, run.id, "folder", out)
    with pytest.raises(ModelError, match="no format 'pickle'"):
        exports.export(store, run.id, "pickle", tmp_path / "other")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]

    first = exports.archive(store, view.id)
    assert exports.archive(store, view.id) == first
    with zipfile.ZipFile(first) as zipped:
        assert zipped.testzip() is None
        assert {name.split("/")[0] for name in zipped.namelist()} == {models.file_name(view)}

    assert models.inputs(store, view.id) == {"text": "text"}
    (answer,) = models.ask(store, view.id, [{"text": "the otter swims"}])
    assert answer["prediction"] in toy_store.WORDS
    running = models.server(store, view.id)
    assert running.alive
    assert models.serve(store, view.id) == running
    with pytest.raises(DataError, match=r"rows\[0\]: the column 'text' is missing"):
        models.ask(store, view.id, [{"body": "x"}])

    models.move_to_bin(store, view.id)
    assert models.server(store, view.id) is None
    assert models.finished(store, run.project_id) == []
    assert [binned.id for binned in models.finished(store, run.project_id, binned=True)] == [view.id]
    models.restore(store, view.id)
    assert [kept.id for kept in models.finished(store, run.project_id)] == [view.id]


def test_a_server_that_died_is_started_again(store, run):
    first = models.serve(store, run.model_id)
    with store.reading() as session:
        server = psutil.Process(session.get_one(ServerRow, run.model_id).pid)
    server.kill()
    server.wait(10)
    assert not models.server(store, run.model_id).alive
    assert models.ask(store, run.model_id, [{"text": "wine"}])
    assert models.server(store, run.model_id).port
    assert first.model_id == run.model_id


def test_case_80_somebody_elses_model_is_not_there(store, run):
    other = Store(store.settings, "somebody")
    for attempt in (models.model, exports.archive, models.serve, models.move_to_bin, models.inputs):
        with pytest.raises(NotFound):
            attempt(other, run.model_id)
    assert models.server(other, run.model_id) is None
    assert models.finished(other, run.project_id) == []
    with pytest.raises(NotFound, match="no such run, or it was deleted"):
        exports.export(other, run.id, "folder", store.settings.home / "x")
    other.close()


def test_a_damaged_model_is_not_exported(store, run, tmp_path):
    weights = store.settings.models / models.model(store, run.model_id).folder / "model.safetensors"
    whole = weights.read_bytes()
    shutil.rmtree(store.settings.cache / "formats", ignore_errors=True)  # an export that was made before is whole
    weights.write_bytes(whole[:10])
    with pytest.raises(ArtefactError, match=r"model\.safetensors: expected"):
        exports.export(store, run.id, "folder", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    weights.write_bytes(whole)


def test_a_copy_that_cannot_be_written_is_a_plain_refusal(store, run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for format in ("folder", "zip"):
        with pytest.raises(ArtefactError, match="could not be copied"):
            exports.export(store, run.id, format, tmp_path / "file" / "out")


def test_what_is_gone_or_damaged_is_a_plain_refusal(store, run):
    folder = store.settings.models / models.model(store, run.model_id).folder
    aside = folder.rename(folder.with_name("aside"))
    shutil.rmtree(store.settings.cache / "formats", ignore_errors=True)
    with pytest.raises(ModelError, match="missing or damaged"):
        exports.archive(store, run.model_id)
    aside.rename(folder)
    (scored,) = store.settings.evaluations.glob("*/test.parquet")
    whole = scored.read_bytes()
    scored.write_bytes(whole[:50])
    with pytest.raises(DataError, match="predictions cannot be read"):
        runs.predictions(store, run.id)
    scored.write_bytes(whole)
    version = runs.get(store, run.id).data_version_id
    with pytest.raises(DataError, match="missing or damaged"):  # the toy's table has no profile
        datasets.profile(store, version)


def test_processes_of_strangers_are_left_alone():
    assert not process.alive(process.Server(1, 1, 0.0))
