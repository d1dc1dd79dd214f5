"""A project as a file: everything comes back under new ids, and a file that was tampered with brings nothing."""

import hashlib
import json
import stat
import zipfile
from dataclasses import replace

import pytest

from tests import toy_store
from workbench.artefacts import folders
from workbench.errors import ArtefactError, DataError
from workbench.services import curves, datasets, models, projects, runs
from workbench.services.workbench import open_workbench
from workbench.settings import Limits, Settings
from workbench.store.records import DataVersionRow
from workbench.store.views import State


@pytest.fixture
def project_id(store):
    """A project with data and a reviewed draft."""
    project_id, version = toy_store.project(store, "Über/Weg")
    projects.save_draft(
        store,
        projects.draft(store, project_id),
        recipe=toy_store.recipe(epochs=2),
        data_version_id=version,
        reviewed="data",
    )
    return project_id


@pytest.fixture
def file(store, project_id, tmp_path):
    return projects.export_project(store, project_id, tmp_path)


def rewritten(file, to, change):
    """The archive with its entries changed by ``change(entries)`` and an honest manifest for what is in it then."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist() if name != folders.MANIFEST}
    change(entries)
    listing = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in entries.items()}
    with zipfile.ZipFile(to, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        archive.writestr(folders.MANIFEST, json.dumps({"format": 1, "files": listing}))
    return to


def refused(store, file, message):
    before = sorted(path for path in store.settings.home.rglob("*") if "workbench.db" not in path.name)
    with pytest.raises(DataError, match=message) as error:
        projects.import_project(store, file)
    assert "Nothing was imported" in str(error.value)
    assert file.name in str(error.value)
    assert len(projects.list_projects(store)) == 1
    after = [path for path in store.settings.home.rglob("*") if "workbench.db" not in path.name]
    assert [path for path in after if path not in before and path.name != folders.STAGING] == []


def test_a_project_with_a_finished_run_comes_back_whole_in_another_store(store, project_id, tmp_path):
    version = projects.draft(store, project_id).data_version_id
    run = toy_store.start(store, (project_id, version), epochs=2)
    toy_store.wait(store, run.id, State.SUCCEEDED)
    toy_store.wait_for_rest(store)
    waiting = runs.start(store, project_id, toy_store.recipe(), version, key="left out")
    runs.pause(store, waiting.id)
    file = projects.export_project(store, project_id, tmp_path)
    assert file.name == "Über-Weg.workbench.zip"

    other = open_workbench(Settings(tmp_path / "other"))
    there = projects.import_project(other, file)
    assert there.name == "Über/Weg"
    draft = projects.draft(other, there.id)
    assert draft.recipe == projects.draft(store, project_id).recipe
    assert draft.reviewed == ("data",)
    assert datasets.table(other, draft.data_version_id).equals(datasets.table(store, version))
    (again,) = runs.list_runs(other, there.id)
    before = runs.get(store, run.id)
    assert again.id != run.id
    assert (again.state, again.summary, again.recipe) == (State.SUCCEEDED, before.summary, before.recipe)
    assert curves.series(other, again.id).values == curves.series(store, run.id).values
    assert runs.evaluation(other, again.id).scores == runs.evaluation(store, run.id).scores
    assert runs.predictions(other, again.id).equals(runs.predictions(store, run.id))
    assert [event.text for event in runs.events(other, again.id)] == [
        event.text for event in runs.events(store, run.id)
    ]
    assert models.model(other, again.model_id).run_id == again.id
    assert toy_store.weights(other, again.id) == toy_store.weights(store, run.id)
    assert projects.import_project(other, file).name == "Über/Weg (2)"


def test_names_ids_and_owner_are_those_of_the_store_that_imports(store, project_id, file):
    projects.import_project(store, file)
    with store.reading() as session:
        rows = session.query(DataVersionRow).all()
    assert len({row.id for row in rows}) == len({row.folder for row in rows}) == 2
    assert {row.owner for row in rows} == {"local"}
    for row in rows:
        folders.verify(store.settings.datasets / row.folder)


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "C:/evil", "datasets\\evil\\x", "datasets/a/../../../evil"])
def test_a_name_that_points_outside_is_refused(store, file, tmp_path, name):
    evil = rewritten(file, tmp_path / "evil.zip", lambda entries: entries.update({name: b"evil"}))
    refused(store, evil, "points outside the project")


def test_links_doubles_and_strangers_are_refused(store, file, tmp_path):
    with zipfile.ZipFile(file) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("table.parquet"))
    stranger = rewritten(file, tmp_path / "a.zip", lambda entries: entries.update({"readme.txt": b"x"}))
    refused(store, stranger, "no place for this entry")
    unnamed = rewritten(file, tmp_path / "b.zip", lambda entries: entries.update({"models/abc/x": b"x"}))
    refused(store, unnamed, "no row names the folder")
    double = rewritten(
        file, tmp_path / "c.zip", lambda entries: entries.update({inside.replace("table", "TABLE"): b"x"})
    )
    refused(store, double, "comes twice")
    link = tmp_path / "d.zip"
    with zipfile.ZipFile(link, "w") as archive:
        info = zipfile.ZipInfo("datasets/a/table.parquet")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    refused(store, link, "a link or a device")


def test_changed_content_and_wrong_sizes_are_refused(store, file, tmp_path):
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    table = next(name for name in entries if name.endswith("table.parquet"))
    for number, (name, data, message) in enumerate(
        [
            (table, entries[table][:-1] + b"?", "SHA-256"),
            (table, entries[table] + b"more", "found more"),
            (table, entries[table][:-4], "expected .* bytes, found"),
            ("project.json", entries["project.json"].replace(b"toys.csv", b"toys.tsv"), "SHA-256"),
        ]
    ):
        changed = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(changed, "w") as archive:
            for entry, content in entries.items():
                archive.writestr(entry, data if entry == name else content)
        refused(store, changed, message)
    half = tmp_path / "half.zip"
    half.write_bytes(file.read_bytes()[:-200])
    refused(store, half, "not a whole ZIP file")
    text = tmp_path / "text.zip"
    text.write_text("no zip at all")
    refused(store, text, "not a whole ZIP file")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda tables: tables["projects"][0].update(name=5), "projects.name is 5"),
        (lambda tables: tables["data_versions"][0].pop("sha256"), "data_versions lacks sha256"),
        (lambda tables: tables["projects"].clear(), "exactly one project"),
        (lambda tables: tables["drafts"][0].update(recipe={"trainin": {}}), "'trainin' is not a key"),
        (lambda tables: tables["data_versions"][0].update(data_set_id="elsewhere"), "do not fit together"),
        (lambda tables: tables["projects"][0].update(created="yesterday"), "not as they should be"),
    ],
)
def test_rows_that_are_not_as_they_should_be_are_refused(store, file, tmp_path, change, message):
    def edit(entries):
        tables = json.loads(entries["project.json"])
        change(tables)
        entries["project.json"] = json.dumps(tables).encode()

    refused(store, rewritten(file, tmp_path / "wrong.zip", edit), message)


def test_rows_that_unpack_to_very_much_are_refused_before_they_are_read(store, file, tmp_path):
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as target:
        for name in archive.namelist():
            target.writestr(name, b" " * 50_000_000 if name == "project.json" else archive.read(name))
    refused(store, bomb, r"entry 'project\.json': it would unpack to .* times its size")


def test_a_file_that_needs_too_much_memory_takes_down_only_its_own_process(store, file, tmp_path):
    def grow(entries):  # brackets are small in a file, and large as lists
        entries["project.json"] = b"[" + b"[" * 900 + b"]" * 900 + b",[]" * 5_000_000 + b"]"

    large = rewritten(file, tmp_path / "large.zip", grow)
    store.settings = replace(store.settings, limits=Limits(reader_bytes=250_000_000))
    with pytest.raises(DataError, match="needs more memory than the limit of 250 MB"):
        projects.import_project(store, large)
    assert len(projects.list_projects(store)) == 1


def test_a_refusal_names_the_file_as_people_call_it(store, tmp_path):
    (tmp_path / "7f3a").write_text("no zip at all")
    with pytest.raises(DataError, match=r"^reviews\.workbench\.zip: this is not a whole ZIP file"):
        projects.import_project(store, tmp_path / "7f3a", name="reviews.workbench.zip")


def test_exported_files_in_the_stores_folder_are_offered(store, project_id):
    assert projects.importable(store) == []
    exports = store.settings.home / "exports"
    exports.mkdir()
    file = projects.export_project(store, project_id, exports)
    (exports / "notes.txt").write_text("no project")
    assert projects.importable(store) == [file]


def test_a_damaged_folder_is_not_passed_on(store, project_id, tmp_path):
    with store.reading() as session:
        folder = store.settings.datasets / session.query(DataVersionRow).one().folder
    table = folder / "table.parquet"
    content = bytearray(table.read_bytes())
    content[50] ^= 1
    table.write_bytes(content)
    with pytest.raises(ArtefactError, match=r"table\.parquet: the file was damaged"):
        projects.export_project(store, project_id, tmp_path)
    assert list(tmp_path.glob("*.zip*")) == list(tmp_path.glob(".*.part")) == []
