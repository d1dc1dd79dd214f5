"""Data from elsewhere, from address to data version: the same look, the same import, nothing left behind."""

import socket
import threading
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data_hub import Hub, serving
from workbench import tasks
from workbench.data.read_options import ReadOptions
from workbench.data.sources import web_source
from workbench.errors import DataError
from workbench.services import datasets, projects, sources
from workbench.services.workbench import Store


@pytest.fixture
def project(store):
    return projects.create(store, "P")


def with_settings(store, **changes):
    return Store(replace(store.settings, **changes), store.owner)


def brought(store):
    return list(store.settings.uploads.glob("*"))


@pytest.fixture
def hub(tmp_path, monkeypatch):
    folder = tmp_path / "reviews"
    folder.mkdir()
    for split, texts in {"train": ["one", "two"], "test": ["three"]}.items():
        table = pa.table({"text": texts, "label": ["a"] * len(texts)})
        pq.write_table(table, folder / f"{split}-00000-of-00001.parquet")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with serving(Hub({"acme/reviews": folder})) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield


@pytest.mark.usefixtures("hub")
def test_a_table_of_the_hub_becomes_a_data_version(store, project):
    with sources.staged(store, "hub:acme/reviews", part="train") as found:
        assert datasets.preview_file(store, found.path, name=found.name).rows == 2
        version = datasets.import_file(store, project.id, found.path, name=found.title, source=found.source)
    assert (version.name, version.source, version.rows) == ("reviews train", "hub:acme/reviews#train", 2)
    assert brought(store) == []
    with sources.staged(store, version.source) as again:
        assert datasets.import_file(store, project.id, again.path, name="reviews train", source=again.source) == version


@pytest.mark.usefixtures("hub")
def test_case_22_a_table_of_the_hub_must_be_chosen(store):
    with (
        pytest.raises(DataError, match=r"HUB-22 .*'test\.parquet', 'train\.parquet'"),
        sources.staged(store, "hub:acme/reviews"),
    ):
        pytest.fail("nothing was chosen")
    assert brought(store) == []


def test_case_78_the_web_is_off_unless_it_is_allowed(store):
    assert sources.is_elsewhere("https://data.example/a.csv") and not sources.is_elsewhere("a.csv")
    with pytest.raises(DataError, match="WORKBENCH_ALLOW_WEB=1"), sources.staged(store, "https://data.example/a.csv"):
        pytest.fail("the web is off")
    allowing = with_settings(store, web=True)
    for address in ("http://data.example/a.csv", "https://localhost/a.csv", "https://[::1]/"):
        with pytest.raises(DataError, match="WEB-78"), sources.staged(allowing, address):
            pytest.fail("this is no public machine")
    assert brought(store) == []


def test_a_file_of_the_web_becomes_a_data_version(store, project, monkeypatch):
    body = b"text,label\none,a\ntwo,b\n"
    listener = socket.create_server(("127.0.0.1", 0))

    def answer():
        channel, _ = listener.accept()
        with channel:
            channel.recv(10_000)
            channel.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    threading.Thread(target=answer, daemon=True).start()
    monkeypatch.setattr(web_source, "_addresses", lambda host: ["93.184.215.14"])
    monkeypatch.setattr(web_source, "_connect", lambda *_: socket.create_connection(listener.getsockname()))
    with listener, sources.staged(with_settings(store, web=True), "https://data.example/reviews.csv") as found:
        version = datasets.import_file(store, project.id, found.path, name=found.title, source=found.source)
    assert (version.name, version.source) == ("reviews", "https://data.example/reviews.csv")
    assert brought(store) == []


def test_case_79_a_database_is_refused_without_a_trace(store):
    for address in ("sql:sqlite:////etc/passwd", "sql:postgresql://me:hunter2@127.0.0.1:9/shop?table=reviews"):
        with pytest.raises(DataError, match="SQL-79") as caught, sources.staged(store, address):
            pytest.fail("there is no such database")
        assert "hunter2" not in str(caught.value)
    assert brought(store) == []


def test_case_75_files_of_this_machine_come_from_allowed_folders(store, project, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "reviews.csv").write_text("text,label\none,a\ntwo,b\n")
    (tmp_path / "other.csv").write_text("text,label\none,a\n")
    allowing = with_settings(store, folders=(folder, store.settings.inbox))
    assert [place.path for place in sources.folders(allowing)] == [folder, store.settings.inbox]
    (place,) = sources.listing(allowing, folder)
    found = sources.from_folder(allowing, place.path)
    version = datasets.import_file(store, project.id, found.path, name=found.title, source=found.source)
    sources.forget(found)
    assert version.source == str(folder / "reviews.csv") and (folder / "reviews.csv").exists()
    with pytest.raises(DataError, match="FOLDER-75"):
        sources.from_folder(allowing, tmp_path / "other.csv")


def test_what_is_read_may_be_said_as_for_a_file(store, project, tmp_path):
    (tmp_path / "lines.txt").write_text("one,a\ntwo,b\n")
    options = ReadOptions(delimiter="\n")
    version = datasets.import_file(store, project.id, tmp_path / "lines.txt", name="lines", options=options)
    assert version.columns == ("text",)


def test_samples_are_offered_for_the_tasks_that_there_are(monkeypatch):
    monkeypatch.setattr(tasks, "TASKS", [task for task in tasks.TASKS if task.name == "text-classification"])
    assert [sample.id for sample in sources.samples()] == ["sample/sms-spam", "sample/reviews-zh"]
