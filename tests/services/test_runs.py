"""The verbs of runs on a store where nobody works: what pages and the command line may rely on."""

import threading

import pytest

from tests import toy_store
from workbench.errors import JobError, ModelError, NotFound, RecipeError
from workbench.jobs import devices, heartbeat, queue, supervisor
from workbench.jobs.reporter import StoreReporter
from workbench.recipe import Data, Model, Recipe
from workbench.services import curves, estimates, exports, projects, runs, starting
from workbench.services.workbench import Preferences, save_preferences
from workbench.store.records import JobRow
from workbench.store.session import Store
from workbench.store.views import State
from workbench.training.problem import Point


@pytest.fixture
def place(store):
    devices.register(store)
    return toy_store.project(store)


@pytest.fixture
def nobody_works(store):
    """The supervisor's lock is held, so that a start queues and no process comes."""
    with heartbeat.lock(store.settings, supervisor.LOCK):
        yield


@pytest.fixture
def run(store, place, nobody_works):
    return toy_store.start(store, place)


def tell_steps(store, run, steps: int, validate_every: int) -> None:
    reporter = StoreReporter(store, _lease(store), threading.Event())
    for step in range(1, steps + 1):
        values = {"loss": 1 / step}
        if step % validate_every == 0:
            values["validation_loss"] = 1.0
        reporter.point(Point(step, step / steps, values))
    reporter.flush()


def _lease(store):
    lease = queue.lease(store)
    queue.begin(store, lease, 1, 1.0)
    return lease


def test_case_66_a_double_click_on_start_makes_one_run(store, place, nobody_works):
    made = []
    clicks = [
        threading.Thread(target=lambda: made.append(toy_store.start(Store(store.settings), place, key="one")))
        for _ in range(4)
    ]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len({run.id for run in made}) == 1
    assert [run.id for run in runs.list_runs(store, place[0])] == [made[0].id]
    assert toy_store.start(store, place, key="two").number == 2
    with store.reading() as session:
        assert session.query(JobRow).count() == 2


def test_a_run_keeps_the_recipe_that_it_was_started_with(store, run, place):
    projects.save_draft(store, projects.draft(store, place[0]), recipe=toy_store.recipe(epochs=9))
    again = runs.get(store, run.id)
    assert again.recipe == toy_store.recipe()
    assert again.state is State.QUEUED
    assert again.name == "Run 1"
    assert runs.latest(store, place[0]) == again
    assert runs.evaluation(store, run.id) is None
    with pytest.raises(NotFound, match="has not been scored yet"):
        runs.predictions(store, run.id)
    with pytest.raises(JobError, match="'Run 1' has no model"):
        exports.export(store, run.id, "folder", store.settings.home / "out")


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"task": "toy-leters"}, RecipeError, "toy-letters"),
        ({"data": None}, RecipeError, "the recipe has no data"),
        ({"data": Data(source="a", columns={"text": "text"})}, RecipeError, "no column is given for the role"),
        ({"model": Model(id="/nowhere/at-all")}, ModelError, "/nowhere/at-all"),
    ],
)
def test_what_is_wrong_beforehand_is_said_before_anything_is_queued(store, place, change, error, message):
    wrong = toy_store.recipe().model_copy(update=change)
    with pytest.raises(error, match=message):
        runs.start(store, place[0], wrong, place[1], key="wrong")
    assert runs.list_runs(store, place[0]) == []


def test_a_run_needs_its_own_projects_data(store, place, nobody_works):
    other, foreign = toy_store.project(store, "Other")
    with pytest.raises(NotFound, match="This data set was deleted"):
        runs.start(store, place[0], toy_store.recipe(), foreign, key="a")
    projects.move_to_bin(store, other)
    with pytest.raises(JobError, match="in the bin"):
        runs.start(store, other, toy_store.recipe(), foreign, key="a")


def test_series_are_thinned_and_keep_every_validation(store, run):
    before = curves.series(store, run.id)
    assert (before.steps, before.values) == ([], {})
    tell_steps(store, run, steps=5000, validate_every=777)
    whole = curves.series(store, run.id, max_points=10_000)
    thin = curves.series(store, run.id, max_points=100)
    assert whole.steps == list(range(1, 5001))
    assert 100 <= len(thin.steps) <= 110
    assert {777 * number for number in range(1, 7)} <= set(thin.steps)
    assert (thin.steps[0], thin.steps[-1]) == (1, 5000)
    assert thin.values["loss"] == [1 / step for step in thin.steps]
    assert thin.values["validation_loss"].count(1.0) == 6
    assert thin.version == whole.version == curves.version(store, run.id) != before.version


def test_notes_names_and_the_bin(store, run, place):
    assert runs.set_notes(store, run.id, "Try more epochs.").notes == "Try more epochs."
    assert runs.rename(store, run.id, "  First   try ").name == "First try"
    assert runs.rename(store, run.id, " ").name == "Run 1"
    runs.cancel(store, run.id)
    runs.move_to_bin(store, run.id)
    assert runs.list_runs(store, place[0]) == []
    assert runs.latest(store, place[0]) is None
    assert [found.id for found in runs.list_runs(store, place[0], binned=True)] == [run.id]
    assert runs.restore(store, run.id).binned is None


def test_somebody_elses_run_does_not_exist(store, run):
    stranger = Store(store.settings, owner="somebody else")
    for act in (runs.get, runs.pause, runs.cancel, runs.resume, curves.series, runs.events, runs.log, runs.move_to_bin):
        with pytest.raises(NotFound, match="There is no such run, or it was deleted"):
            act(stranger, run.id)
    assert runs.get(store, run.id).state is State.QUEUED


@pytest.mark.parametrize("look", [runs.list_runs, estimates.measuring])
def test_whoever_looks_at_waiting_work_wakes_the_supervisor(store, place, look):
    with heartbeat.lock(store.settings, supervisor.LOCK):
        toy_store.start(store, place)
        estimates.request(store, ready_draft(store, place))
    assert toy_store.processes(store) == []  # as after a reboot
    look(store, place[0])
    assert toy_store.processes(store, supervisor.__name__)


def test_looking_works_where_nobody_can_be_woken(store, place):
    with heartbeat.lock(store.settings, supervisor.LOCK):
        run = toy_store.start(store, place)
    (store.settings.logs / "supervisor.log").mkdir(parents=True)  # opening it as a file raises OSError
    assert [found.id for found in runs.list_runs(store, place[0])] == [run.id]
    with pytest.raises(JobError, match="could not be started"):
        starting.ensure_supervisor(store)


def ready_draft(store, place) -> str:
    draft = projects.draft(store, place[0])
    projects.save_draft(store, draft, recipe=toy_store.recipe(), data_version_id=place[1])
    return place[0]


def test_nobody_is_woken_when_there_is_nothing_to_do(store):
    starting.ensure_supervisor(store)
    assert toy_store.processes(store) == []


def test_a_recipe_without_a_model_gets_the_tasks_usual_one(store):
    recipe = Recipe(task="tabular-classification", data=Data(source="a", columns={"target": "label"}))
    assert starting.checked(store, recipe).model.id == "scratch/best-of"


def test_a_device_that_has_gone_is_said_before_anything_is_queued(store, place):
    save_preferences(store, Preferences(device="cuda:7"))
    with pytest.raises(JobError, match="no device 'cuda:7', which was chosen in Settings"):
        toy_store.start(store, place)
