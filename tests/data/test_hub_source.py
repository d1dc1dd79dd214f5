"""Data sets of a hub that stands on this machine: parts, pieces, sizes and hashes, and what is said when it fails."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.data_hub import SHA, Hub, serving
from workbench.data.sources import hub_source
from workbench.errors import DataError
from workbench.settings import Limits


def rows(*texts):
    return pa.table({"text": list(texts), "label": [0] * len(texts)})


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Data sets with Parquet pieces beside a CSV, with JSON lines only, and with a program only."""
    reviews, lines, script = (tmp_path / name for name in ("reviews", "lines", "script"))
    for folder in (reviews / "plain", reviews / "raw", lines, script):
        folder.mkdir(parents=True)
    pq.write_table(rows("one", "two"), reviews / "plain" / "train-00000-of-00002.parquet")
    pq.write_table(rows("three"), reviews / "plain" / "train-00001-of-00002.parquet")
    pq.write_table(rows("four"), reviews / "plain" / "test-00000-of-00001.parquet")
    (reviews / "raw" / "all.csv").write_text("text,label\none,0\n")
    (reviews / "README.md").write_text("# Reviews")
    (lines / "train.jsonl").write_text('{"text": "one"}\n{"text": "two"}\n')
    (lines / "dataset_infos.json").write_text("{}")
    (script / "script.py").write_text("raise SystemExit")
    made = Hub({"acme/reviews": reviews, "acme/lines": lines, "acme/script": script})
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    with serving(made) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        yield made


@pytest.fixture
def into(tmp_path):
    (tmp_path / "into").mkdir()
    return tmp_path / "into"


def refused(use, *words, **rest):
    with pytest.raises(DataError) as caught:
        use(*words, **rest)
    assert caught.value.code and caught.value.remedy
    return str(caught.value)


def test_parquet_is_preferred_and_pieces_are_one_part(hub):
    found = hub_source.find("hub:acme/reviews")
    assert [(part.name, len(part.files)) for part in found.parts] == [
        ("plain/test.parquet", 1),
        ("plain/train.parquet", 2),
    ]
    assert (found.revision, found.licence) == (SHA, "cc-by-4.0")
    assert [part.name for part in hub_source.find("hub:acme/lines").parts] == ["train.jsonl"]


def test_a_part_arrives_as_one_file(hub, into):
    told = []
    found = hub_source.find("hub:acme/reviews")
    path, name = hub_source.fetch(found, "plain/train.parquet", into, Limits(), lambda text, done: told.append(text))
    assert name == "train.parquet" and pq.read_table(path)["text"].to_pylist() == ["one", "two", "three"]
    assert list(into.iterdir()) == [path] and len(told) == 2
    assert not any("evil" in asked or asked.endswith((".csv", ".md")) for asked in hub.asked)
    path, name = hub_source.fetch(hub_source.find("hub:acme/lines"), None, into, Limits())
    assert name == "train.jsonl" and path.read_text().count("\n") == 2


def test_case_22_a_part_must_be_chosen_among_several(hub, into):
    found = hub_source.find("hub:acme/reviews")
    for name in (None, "dev", "../../evil.parquet"):
        assert "'plain/test.parquet'" in refused(hub_source.fetch, found, name, into, Limits())
    assert hub_source.fetch(found, "test", into, Limits())[1] == "test.parquet"


def test_pieces_that_do_not_fit_together_are_refused(hub, into):
    folder = hub.repositories["acme/reviews"] / "plain"
    pq.write_table(pa.table({"other": [1]}), folder / "train-00001-of-00002.parquet")
    message = refused(hub_source.fetch, hub_source.find("hub:acme/reviews"), "train", into, Limits())
    assert "do not make one table" in message and not list(into.iterdir())


def test_case_61_what_arrives_changed_is_not_kept(hub, into):
    found = hub_source.find("hub:acme/reviews")
    hub.damaged.add("test-00000-of-00001.parquet")
    assert "expected" in refused(hub_source.fetch, found, "test", into, Limits()) and not list(into.iterdir())


def test_case_14_the_size_is_limited_before_anything_is_fetched(hub, into):
    found, before = hub_source.find("hub:acme/reviews"), len(hub.asked)
    message = refused(hub_source.fetch, found, "train", into, Limits(download_bytes=100))
    assert "WORKBENCH_MAX_DOWNLOAD_BYTES" in message and len(hub.asked) == before


def test_what_cannot_be_had_is_said(hub):
    assert "only a program" in refused(hub_source.find, "hub:acme/script")
    assert "no such data set" in refused(hub_source.find, "hub:acme/none")
    hub.gated.add("acme/reviews")
    message = refused(hub_source.find, "hub:acme/reviews")
    assert "terms accepted" in message and "HF_TOKEN" in message
    hub.busy.add("acme/lines")
    assert "status 503" in refused(hub_source.find, "hub:acme/lines")


def test_without_a_hub_the_message_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "no hub can be reached" in refused(hub_source.find, "hub:acme/reviews")


@pytest.mark.parametrize(
    "name", ["hub:../x", "hub:a/../../b", "hub:/etc", "hub:", "hub:a/b c", "hub:.x/y", "hub:a/b/c"]
)
def test_case_75_a_hub_name_never_becomes_a_path(name, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert refused(hub_source.find, name)
