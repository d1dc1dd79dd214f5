"""Projects, drafts, the bin."""

from datetime import timedelta

import pytest

from tests import toy_store
from workbench.artefacts.folders import new_folder
from workbench.errors import Conflict, JobError, NotFound, StoreError
from workbench.jobs import queue
from workbench.recipe import Data, Step, Training
from workbench.services import estimates, models, projects, runs
from workbench.services.workbench import Preferences, empty_bin, preferences, save_preferences, slots, store_size
from workbench.store.records import DataSetRow, JobRow, ModelRow, ProjectRow, RunRow, now
from workbench.store.views import State


def test_a_new_project_has_an_empty_draft_with_the_starter_model(store):
    project = projects.create(store, "  Customer   reviews ")
    draft = projects.draft(store, project.id)
    assert project.name == "Customer reviews"
    assert (draft.version, draft.data_version_id, draft.reviewed) == (1, None, ())
    assert draft.recipe.model.id == "starter/minilm-l6"
    assert draft.recipe.prepare == draft.recipe.augment == ()
    assert projects.by_name(store, "Customer reviews") == project
    assert projects.by_name(store, "Other") is None


@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("  ", StoreError, "A project needs a name"),
        ("x" * 201, StoreError, "201 characters"),
        ("Taken", Conflict, "exists"),
    ],
)
def test_names_that_cannot_be_used_are_explained(store, name, error, message):
    taken = projects.create(store, "Taken")
    other = projects.create(store, "Other")
    with pytest.raises(error, match=message):
        projects.create(store, name)
    with pytest.raises(error, match=message):
        projects.rename(store, other.id, name)
    assert projects.rename(store, taken.id, "Taken").name == "Taken"  # its own name is no conflict


def test_pages_write_the_draft_one_after_the_other(store):
    project_id, version = toy_store.project(store)
    draft = projects.draft(store, project_id)
    draft = projects.save_draft(store, draft, data_version_id=version, reviewed="data")
    recipe = draft.recipe.model_copy(update={"prepare": (Step(step="drop-duplicates"),)})
    draft = projects.save_draft(store, draft, recipe=recipe, reviewed="prepare")
    draft = projects.save_draft(store, draft, reviewed="data")
    assert draft == projects.draft(store, project_id)
    assert (draft.version, draft.data_version_id, draft.reviewed) == (4, version, ("data", "prepare"))
    assert draft.recipe == recipe


def test_case_67_the_second_of_two_tabs_is_shown_the_difference(store):
    project = projects.create(store, "Two tabs")
    first = second = projects.draft(store, project.id)
    theirs = first.recipe.model_copy(
        update={"training": Training(epochs=5), "data": Data(source="a.csv", columns={"text": "body"})}
    )
    projects.save_draft(store, first, recipe=theirs)
    yours = second.recipe.model_copy(
        update={"training": Training(epochs=3), "augment": (Step(step="word-swap", rate=0.1),)}
    )
    with pytest.raises(Conflict) as conflict:
        projects.save_draft(store, second, recipe=yours)
    said = str(conflict.value)
    assert "changed in another tab" in said
    assert "training.epochs: theirs 5, yours 3" in said
    assert "data.source: theirs a.csv, yours nothing" in said
    assert "augment: theirs nothing, yours word-swap (rate 0.1)" in said
    assert projects.draft(store, project.id).recipe == theirs


def test_case_69_a_page_of_a_deleted_project_is_told_so(store):
    project_id, _ = toy_store.project(store)
    draft = projects.draft(store, project_id)
    projects.move_to_bin(store, project_id)
    empty_bin(store, days=0)
    for act in (
        lambda: projects.get(store, project_id),
        lambda: projects.draft(store, project_id),
        lambda: projects.save_draft(store, draft, reviewed="data"),
        lambda: projects.rename(store, project_id, "Again"),
        lambda: runs.list_runs(store, project_id),
        lambda: estimates.known(store, project_id),
    ):
        with pytest.raises(NotFound, match=r"This project was deleted\. Choose another project on the Home page\."):
            act()
    with pytest.raises(NotFound, match="There is no such run, or it was deleted"):
        runs.get(store, "0" * 32)
    other, _ = toy_store.project(store, "Other")
    with pytest.raises(NotFound, match="This data set was deleted"):
        projects.save_draft(store, projects.draft(store, other), data_version_id="0" * 32)


def test_the_bin_gives_back_what_was_put_there(store):
    project = projects.create(store, "Thrown away")
    projects.move_to_bin(store, project.id)
    assert projects.list_projects(store) == []
    assert [found.id for found in projects.list_projects(store, binned=True)] == [project.id]
    projects.create(store, "Thrown away")  # its name is free again
    assert projects.restore(store, project.id).name == "Thrown away (2)"
    assert projects.restore(store, project.id).name == "Thrown away (2)"


def test_the_bin_is_emptied_only_of_what_is_old_enough(store):
    old, young, kept = (toy_store.project(store, name)[0] for name in ("Old", "Young", "Kept"))
    for project_id in (old, young):
        projects.move_to_bin(store, project_id)
    with store.session() as session:
        session.get_one(ProjectRow, old).binned = now() - timedelta(days=8)
        folders = {row.project_id: row for row in session.query(DataSetRow)}
    before = store_size(store)
    assert empty_bin(store) > 0
    assert store_size(store) < before
    with store.reading() as session:
        assert {row.project_id for row in session.query(DataSetRow)} == {young, kept}
    assert len(list(store.settings.datasets.glob("[0-9a-f]*"))) == len(folders) - 1


def test_a_project_that_trains_is_not_thrown_away(store):
    project_id, version = toy_store.project(store)
    with store.session() as session:
        run = runs._queue(session, store, project_id, toy_store.recipe(), version, key="a", name="", device="auto")
    with pytest.raises(JobError, match="still waiting or training"):
        projects.move_to_bin(store, project_id)
    with pytest.raises(JobError, match="still waiting or training"):
        runs.move_to_bin(store, run)
    with store.session() as session:  # even if it came into the bin otherwise, its rows stay
        session.get_one(ProjectRow, project_id).binned = now() - timedelta(days=30)
        session.get_one(RunRow, run).binned = now() - timedelta(days=30)
    empty_bin(store)
    with store.reading() as session:
        assert session.query(JobRow).count() == session.query(RunRow).count() == 1


def test_a_folder_without_a_row_waits_before_it_goes(store):
    orphan = store.settings.models / ("0" * 32)
    orphan.mkdir(parents=True)
    (orphan / "model.safetensors").write_bytes(b"x" * 100)
    killed = store.settings.cache / "pack-1a2b"  # of a download that was killed
    killed.mkdir()
    (killed / "half.whl").write_bytes(b"x" * 10)
    empty_bin(store)
    assert orphan.is_dir() and killed.is_dir()  # a rename may be waiting for its row
    assert empty_bin(store, days=-1) == 110  # as if the days had passed: into the bin, and out of it
    assert not orphan.exists() and not killed.exists()


def test_preferences_are_kept_for_a_person(store):
    assert preferences(store) == Preferences()
    save_preferences(store, Preferences(device="cpu", language="de"))
    save_preferences(store, Preferences(device="cpu", language="fr"))
    assert preferences(store) == Preferences(device="cpu", language="fr")


def test_every_machine_has_a_processor_to_train_on(store):
    assert "cpu" in [slot.name for slot in slots(store)]
    assert [slot.name for slot in slots(store)] == [slot.name for slot in slots(store)]


def finished_model(store, project_id, version) -> tuple[str, str]:
    """The rows and the folder of a run that succeeded: the run's id and the model's."""
    with store.session() as session:
        run = runs._queue(session, store, project_id, toy_store.recipe(), version, key="a", name="", device="auto")
        session.get_one(JobRow, run).state = State.SUCCEEDED.value
        model = ModelRow(id="m" * 32, project_id=project_id, run_id=run, owner=store.owner, name="M", folder="f" * 32)
        model.bytes, model.binned = 3, None
        session.add(model)
    with new_folder(store.settings.models, "f" * 32) as folder:
        (folder / "model.safetensors").write_bytes(b"abc")
    return run, "m" * 32


def test_emptying_the_bin_leaves_a_model_that_was_never_put_there(store):
    run, model = finished_model(store, *toy_store.project(store))
    runs.move_to_bin(store, run)
    empty_bin(store, days=-1)
    assert models.model(store, model).run_id == run
    assert (store.settings.models / ("f" * 32)).is_dir()
    assert runs.restore(store, run).model_id == model
    runs.move_to_bin(store, run)
    models.move_to_bin(store, model)
    empty_bin(store, days=-1)
    for gone in (lambda: models.model(store, model), lambda: runs.get(store, run)):
        with pytest.raises(NotFound):
            gone()
    assert not (store.settings.models / ("f" * 32)).exists()


def test_a_project_in_the_bin_takes_its_models_along(store):
    project_id, version = toy_store.project(store)
    _, model = finished_model(store, project_id, version)
    projects.move_to_bin(store, project_id)
    empty_bin(store, days=-1)
    with pytest.raises(NotFound):
        models.model(store, model)


def test_a_measurement_that_waits_does_not_keep_a_project_from_the_bin(store):
    project_id, _ = toy_store.project(store)
    with store.session() as session:
        job = queue.submit(session, store, project_id=project_id, kind="measure", key="a")[0].id
    projects.move_to_bin(store, project_id)
    assert queue.job(store, job).state is State.CANCELLED
