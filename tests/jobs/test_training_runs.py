"""Runs from start to finish, through the real supervisor and worker: what they leave, and how they are steered."""

import json

import pytest

from tests import toy_store
from workbench.errors import JobError
from workbench.services import curves, estimates, models, projects, run_report, runs
from workbench.store.records import CheckpointRow, MetricRow, SlotRow
from workbench.store.views import State


def test_a_run_goes_through_to_a_scored_and_saved_model(store):
    run = toy_store.start(store, toy_store.project(store), epochs=4)
    assert run.state in (State.QUEUED, State.LEASED)
    done = toy_store.wait(store, run.id, State.SUCCEEDED)

    assert done.summary.scores["test"]["accuracy"] > done.summary.baseline["test"]["accuracy"]
    assert done.plan["epochs"] == {"value": 4, "reason": "because it is a toy", "options": []}
    assert (done.progress.step, done.progress.steps, done.progress.phase) == (32, 32, "done")
    told = json.loads(json.dumps(run_report.describe(done)))
    assert told["state"] == "SUCCEEDED"
    assert told["scores"]["test"].keys() == told["baseline"]["test"].keys() == {"accuracy", "macro_f1"}
    assert told["train_seconds"] > 0
    assert told["samples_per_second"] > 0
    assert told["peak_memory_mb"] > 50
    assert told["stopped_early"] is False

    evaluation = runs.evaluation(store, run.id)
    table = runs.predictions(store, run.id)
    assert evaluation.scores.rows == len(table)
    assert {"text", "label", "prediction", "confidence", "probability_rivers"} <= set(table.columns)
    assert models.model(store, done.model_id).run_id == run.id
    series = curves.series(store, run.id)
    assert series.steps == sorted(series.steps)
    assert {"loss", "learning_rate", "validation_accuracy"} <= series.values.keys()
    toy_store.wait_for_rest(store)
    assert not (store.settings.checkpoints / run.id).exists()
    with store.reading() as session:
        assert session.query(CheckpointRow).count() == 0
        assert session.query(MetricRow).count() == len(series.steps)
    texts = toy_store.told(store, run.id)
    assert texts[0] == "Waiting for a free device."
    assert texts[-1] == "Finished."


def test_pause_frees_the_device_for_the_next_run_and_resume_goes_on(store, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.03")
    place = toy_store.project(store)
    first = toy_store.start(store, place, epochs=8)
    toy_store.wait_until(store, first.id, toy_store.trained_beyond(2))
    process = toy_store.worker(store, first.id)
    second = toy_store.start(store, place, epochs=1)
    runs.pause(store, first.id)
    runs.pause(store, first.id)  # a second click changes nothing
    paused = toy_store.wait(store, first.id, State.PAUSED)
    assert 0 < paused.progress.step < paused.progress.steps
    process.wait(30)
    toy_store.wait(store, second.id, State.SUCCEEDED)
    with store.reading() as session:
        assert session.query(CheckpointRow).where(CheckpointRow.run_id == first.id).count() > 0

    runs.resume(store, first.id)
    done = toy_store.wait(store, first.id, State.SUCCEEDED)
    assert done.progress.step == done.progress.steps
    steps = curves.series(store, first.id).steps
    assert len(steps) == len(set(steps))
    with pytest.raises(JobError, match="finished run cannot be resumed"):
        runs.resume(store, first.id)


def test_stop_keeps_the_best_as_a_finished_model(store, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.05")
    run = toy_store.start(store, toy_store.project(store), epochs=50)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(1))
    runs.stop(store, run.id)
    done = toy_store.wait(store, run.id, State.SUCCEEDED)
    assert done.summary.stopped_early
    assert done.progress.step < done.progress.steps
    assert done.model_id
    with pytest.raises(JobError, match="ended already"):
        runs.stop(store, run.id)


def test_stopping_a_paused_run_finishes_it_with_what_it_had(store, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.05")
    run = toy_store.start(store, toy_store.project(store), epochs=50, checkpoint_steps=2)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(4))
    runs.pause(store, run.id)
    paused = toy_store.wait(store, run.id, State.PAUSED)
    runs.stop(store, run.id)
    done = toy_store.wait(store, run.id, State.SUCCEEDED)
    assert done.summary.stopped_early
    assert done.progress.step == paused.progress.step


def test_a_cancelled_run_has_no_model_and_can_be_resumed(store, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.03")
    run = toy_store.start(store, toy_store.project(store), epochs=8)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(2))
    runs.cancel(store, run.id)
    cancelled = toy_store.wait(store, run.id, State.CANCELLED)
    assert cancelled.model_id is None
    runs.resume(store, run.id)
    toy_store.wait(store, run.id, State.SUCCEEDED)
    assert any("Continued from the checkpoint" in text for text in toy_store.told(store, run.id))


def test_what_the_task_finds_in_the_rows_ends_the_run_with_its_words(store):
    project_id, _ = toy_store.project(store)
    one_label = toy_store.data_version(store, project_id, labels=("rivers",))
    run = toy_store.start(store, (project_id, one_label))
    failed = toy_store.wait(store, run.id, State.FAILED)
    assert failed.reason == "TOY-39: the data holds one label. Bring rows with another one."


def test_an_error_that_nobody_foresaw_is_a_plain_reason_and_a_traceback_in_the_log(store, monkeypatch):
    monkeypatch.setenv("TOY_FAIL", "1")
    run = toy_store.start(store, toy_store.project(store))
    failed = toy_store.wait(store, run.id, State.FAILED)
    assert "RuntimeError: nobody foresaw this" in failed.reason
    assert "Traceback" not in failed.reason
    assert "Traceback" in runs.log(store, run.id)
    toy_store.wait_for_rest(store)
    with store.reading() as session:
        assert session.query(SlotRow).where(SlotRow.job_id.is_not(None)).count() == 0


def test_a_measurement_that_runs_out_of_memory_halves_and_tells_what_fits(store, monkeypatch):
    monkeypatch.setenv("TOY_MEMORY", "4")  # of the 8 rows of a batch
    project_id, version = toy_store.project(store)
    draft = projects.draft(store, project_id)
    projects.save_draft(store, draft, recipe=toy_store.recipe(epochs=2), data_version_id=version)
    estimates.request(store, project_id)
    toy_store.wait_for_rest(store, lambda: estimates.measuring(store, project_id).state.ended)
    measured = estimates.measuring(store, project_id)
    assert measured.state is State.SUCCEEDED, measured.reason
    assert estimates.known(store, project_id).halvings == 1


def test_a_measurement_says_what_a_run_will_take(store):
    project_id, version = toy_store.project(store)
    draft = projects.save_draft(
        store, projects.draft(store, project_id), recipe=toy_store.recipe(epochs=2), data_version_id=version
    )
    assert estimates.known(store, project_id) is None
    job_id = estimates.request(store, project_id)
    assert estimates.request(store, project_id) == job_id  # on its way already
    toy_store.wait_for_rest(store, lambda: estimates.measuring(store, project_id).state.ended)
    assert estimates.measuring(store, project_id).state is State.SUCCEEDED
    two = estimates.known(store, project_id)
    assert two.memory_bytes > 50e6
    assert two.disk_bytes > 0
    projects.save_draft(store, draft, recipe=toy_store.recipe(epochs=4))
    four = estimates.known(store, project_id)
    assert four.epoch_ends[:2] == two.epoch_ends
    assert four.seconds == pytest.approx(two.seconds + 2 * two.epoch)
    projects.save_draft(store, projects.draft(store, project_id), recipe=toy_store.recipe(batch_size=4))
    assert estimates.known(store, project_id) is None
