"""Runs in folds: the folds one after another, then a judgement of them all; whatever happens on the way."""

import os
import signal
import statistics

import numpy as np
import pandas as pd
import pytest

from tests import toy, toy_folds, toy_store
from workbench.errors import JobError
from workbench.jobs import devices, queue, steering, supervisor, worker_folds
from workbench.jobs.worker_folds import Fold, answers_of
from workbench.recipe import Split, from_dict
from workbench.services import exports, fold_runs, projects, run_report, runs
from workbench.store.records import CheckpointRow
from workbench.store.views import State
from workbench.tasks.protocol import LabelPredictions, NumberPredictions, Span, SpanPredictions


@pytest.fixture
def place(store):
    devices.register(store)
    return toy_store.project(store)


def states(store, parent):
    return [fold.state for fold in fold_runs.of(store, parent)]


def test_folds_are_a_key_of_the_split():
    for content in ({"folds": 4}, {"method": "folds", "folds": 4}):
        split = from_dict({"split": content}).split
        assert (split.method, split.folds, split.fold, split.every_fold) == ("random", 4, None, True)
    assert from_dict({"split": {"method": "folds"}}).split.folds == 5
    grouped = from_dict({"split": {"method": "folds", "column": "who"}}).split
    assert (grouped.method, grouped.column, grouped.every_fold) == ("group", "who", True)
    assert not from_dict({"split": {"folds": 4, "fold": 0}}).split.every_fold
    assert not Split().every_fold


@pytest.mark.usefixtures("unattended")
def test_folds_go_one_after_another_and_are_judged_before_what_was_queued_later(store, place):
    parent = toy_folds.queue_folds(store, place)
    later = toy_store.recipe()
    with store.session() as session:
        later = runs._queue(session, store, place[0], later, place[1], key="later", name="", device="auto")
    shown = runs.get(store, parent)
    assert (shown.state, shown.in_folds, shown.number, shown.name) == (State.QUEUED, True, 1, "Run 1")
    assert [run.id for run in runs.list_runs(store, place[0])] == [later, parent]
    folds = fold_runs.of(store, parent)
    assert [(fold.name, fold.recipe.split.fold, fold.parent_id) for fold in folds] == [
        (f"Run 1, fold {number + 1}", number, parent) for number in range(3)
    ]
    for fold, score in zip(folds, (0.5, 0.9, 0.7), strict=True):
        lease = toy_folds.begin(store)
        assert lease.job_id == fold.id
        assert runs.get(store, parent).state is State.RUNNING
        toy_folds.end(store, lease, score=score)
    lease = toy_folds.begin(store)
    assert lease.job_id == parent
    assert worker_folds.judge(store, lease)
    done = runs.get(store, parent)
    assert (done.state, done.summary.folds, done.summary.stopped_early) == (State.SUCCEEDED, 3, False)
    assert done.summary.scores["test"]["accuracy"] == pytest.approx(0.7)
    assert done.summary.spread["test"]["accuracy"] == pytest.approx(statistics.stdev([0.5, 0.9, 0.7]))
    found = runs.evaluation(store, parent)
    assert (found.scores.rows, found.baseline.rows) == (60, 60)
    assert found.scores.values["accuracy"].value == pytest.approx(0.7)
    assert runs.predictions(store, parent).index.tolist() == list(range(60))
    about = run_report.describe(done, fold_runs.of(store, parent))
    assert [(fold["fold"], fold["scores"]["test"]["accuracy"]) for fold in about["folds"]] == [
        (0, 0.5), (1, 0.9), (2, 0.7)
    ]  # fmt: skip
    with pytest.raises(JobError, match="has no model") as error:
        exports.export(store, parent, "folder", store.settings.home / "out")
    assert "fold" in error.value.remedy
    queue.settle(store, parent, lease.token, "The worker ended.")
    assert queue.lease(store).job_id == later


@pytest.mark.usefixtures("unattended")
def test_a_fold_that_fails_says_so_and_the_others_go_on(store, place):
    parent = toy_folds.queue_folds(store, place)
    toy_folds.end(store, toy_folds.begin(store), score=0.6)
    toy_folds.end(store, toy_folds.begin(store), State.FAILED, reason="No good rows.")
    assert runs.get(store, parent).state is State.RUNNING
    toy_folds.end(store, toy_folds.begin(store), score=0.8)
    lease = toy_folds.begin(store)
    worker_folds.judge(store, lease)
    queue.settle(store, parent, lease.token, "The worker ended.")
    failed = runs.get(store, parent)
    assert failed.state is State.FAILED
    assert failed.reason.startswith("Fold 2 failed: No good rows. The scores are those of the other 2.")
    assert failed.summary.scores["test"]["accuracy"] == pytest.approx(0.7)
    steering.request(store, parent, "resume")
    assert states(store, parent) == [State.SUCCEEDED, State.QUEUED, State.SUCCEEDED]
    assert runs.get(store, parent).state is State.RUNNING
    toy_folds.end(store, toy_folds.begin(store), score=0.7)
    worker_folds.judge(store, toy_folds.begin(store))
    assert (runs.get(store, parent).state, runs.get(store, parent).summary.folds) == (State.SUCCEEDED, 3)


@pytest.mark.usefixtures("unattended")
def test_what_is_asked_of_the_run_is_asked_of_its_folds(store, place):
    parent = toy_folds.queue_folds(store, place)
    with pytest.raises(JobError, match="Nothing was learned yet"):
        steering.request(store, parent, "stop")
    first = toy_folds.begin(store)
    steering.request(store, parent, "pause")
    assert queue.job(store, first.job_id).control == "pause"
    queue.settle(store, first.job_id, first.token, "The worker ended.")
    assert states(store, parent) == [State.PAUSED] * 3
    assert runs.get(store, parent).state is State.PAUSED
    assert queue.lease(store) is None
    assert not queue.waiting(store)
    with pytest.raises(JobError, match="belongs to its other folds"):
        runs.move_to_bin(store, first.job_id)
    steering.request(store, parent, "resume")
    assert states(store, parent) == [State.QUEUED] * 3
    first = toy_folds.begin(store)
    steering.request(store, parent, "cancel")
    assert runs.get(store, parent).state is State.CANCELLED
    with pytest.raises(JobError, match="still waiting or training"):
        runs.move_to_bin(store, parent)  # its first fold is still at work
    queue.settle(store, first.job_id, first.token, "The worker ended.")
    assert states(store, parent) == [State.CANCELLED] * 3
    runs.move_to_bin(store, parent)
    assert all(fold.binned for fold in fold_runs.of(store, parent))
    assert runs.restore(store, parent).binned is None
    assert not any(fold.binned for fold in fold_runs.of(store, parent))


@pytest.mark.usefixtures("unattended")
def test_stop_keeps_what_was_learned_and_starts_no_other_fold(store, place):
    parent = toy_folds.queue_folds(store, place)
    toy_folds.end(store, toy_folds.begin(store), score=0.6)
    second = toy_folds.begin(store)
    with store.session() as session:
        session.add(CheckpointRow(id="a", run_id=second.job_id, owner="local", step=1, best=True, bytes=1))
    steering.request(store, parent, "stop")
    assert queue.job(store, second.job_id).control == "stop"
    toy_folds.end(store, second, score=0.8)
    assert states(store, parent) == [State.SUCCEEDED, State.SUCCEEDED, State.CANCELLED]
    worker_folds.judge(store, toy_folds.begin(store))
    done = runs.get(store, parent)
    assert (done.state, done.summary.folds, done.summary.stopped_early) == (State.SUCCEEDED, 2, True)


@pytest.mark.usefixtures("unattended")
def test_one_fold_that_is_paused_and_resumed_holds_the_judgement_up(store, place):
    parent = toy_folds.queue_folds(store, place, folds=2)
    steering.request(store, fold_runs.of(store, parent)[1].id, "pause")
    toy_folds.end(store, toy_folds.begin(store))
    assert queue.lease(store) is None
    assert runs.get(store, parent).state is State.PAUSED
    steering.request(store, parent, "resume")
    toy_folds.end(store, toy_folds.begin(store), State.CANCELLED)
    worker_folds.judge(store, toy_folds.begin(store))
    assert runs.get(store, parent).summary.folds == 1


@pytest.mark.usefixtures("unattended")
def test_folds_go_with_their_project_into_a_file_and_back(store, place, tmp_path):
    parent = toy_folds.queue_folds(store, place, folds=2)
    toy_folds.end(store, toy_folds.begin(store))
    toy_folds.end(store, toy_folds.begin(store))
    worker_folds.judge(store, toy_folds.begin(store))
    there = projects.import_project(store, projects.export_project(store, place[0], tmp_path))
    (again,) = runs.list_runs(store, there.id)
    assert (again.in_folds, again.state, again.summary.folds) == (True, State.SUCCEEDED, 2)
    assert [fold.parent_id for fold in fold_runs.of(store, again.id)] == [again.id] * 2
    assert again.id != parent


def test_a_run_on_nearly_all_rows_keeps_everything_but_the_folds():
    split = Split(folds=4, method="group", column="who", seed=5, stratify=False)
    recipe = toy_store.recipe().model_copy(update={"split": split})
    whole = fold_runs.whole(recipe)
    assert (whole.split.folds, whole.split.train) == (None, 0.85)
    assert (whole.split.method, whole.split.column, whole.split.seed) == ("group", "who", 5)
    assert whole.model_copy(update={"split": split}) == recipe


def test_answers_are_read_back_from_the_tables_that_were_written():
    index = pd.Index([4, 7])
    labels = LabelPredictions(("a", "b"), np.array([[0.3, 0.7], [1.0, 0.0]]))
    again = answers_of(labels.table(index))
    assert again.labels == labels.labels and np.array_equal(again.probabilities, labels.probabilities)
    other = LabelPredictions(("a", "c"), np.array([[0.1, 0.9]])).table(pd.Index([9]))
    union = answers_of(pd.concat([labels.table(index), other]))
    assert union.labels == ("a", "b", "c")
    assert union.probabilities.tolist() == [[0.3, 0.7, 0.0], [1.0, 0.0, 0.0], [0.1, 0.0, 0.9]]
    numbers = answers_of(NumberPredictions(np.array([1.5, -2.0])).table(index))
    assert numbers.values.tolist() == [1.5, -2.0]
    spans = SpanPredictions(("a b", "c"), ((Span(0, 1, "X"),), ()))
    assert answers_of(spans.table(index)) is None


def test_answers_that_cannot_be_put_together_are_judged_by_their_means(tmp_path):
    done = []
    for number, score in enumerate((0.4, 0.8)):
        spans = SpanPredictions(("a b",), ((Span(0, 1, "X"),),)).table(pd.Index([number]))
        folder = tmp_path / str(number)
        folder.mkdir()
        spans.assign(tokens="[]")[["tokens", "prediction"]].to_parquet(folder / "test.parquet")
        spans.to_parquet(folder / "test-baseline.parquet")
        summary = {"scores": {"test": {"f1": score}}, "baseline": {"test": {"f1": 0.1}}}
        done.append(Fold(number, State.SUCCEEDED, "", summary, str(number)))
    judged = worker_folds.together(toy.TASK, tmp_path, done)
    assert judged.scores.values["f1"].value == pytest.approx(0.6)
    assert (judged.scores.rows, judged.baseline.values["f1"].value) == (2, pytest.approx(0.1))


def test_folds_survive_the_death_of_worker_and_supervisor(store, place, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.03")
    recipe = toy_store.recipe(epochs=2, checkpoint_steps=2).model_copy(update={"split": Split(folds=2)})
    run = runs.start(store, place[0], recipe, place[1], key="folds")
    first, second = fold_runs.of(store, run.id)
    toy_store.wait_until(store, first.id, toy_store.trained_beyond(4))
    for process in toy_store.processes(store, supervisor.__name__):
        process.kill()
    os.kill(toy_store.worker(store, first.id).pid, signal.SIGKILL)
    first, second = (toy_store.wait(store, fold.id, State.SUCCEEDED) for fold in (first, second))
    done = toy_store.wait(store, run.id, State.SUCCEEDED)
    assert first.ended <= second.started
    tested = [runs.predictions(store, fold.id).index.tolist() for fold in (first, second)]
    assert sorted(tested[0] + tested[1]) == list(range(80))
    assert runs.evaluation(store, run.id).scores.rows == 80
    both = [fold.summary.scores["test"]["accuracy"] for fold in (first, second)]
    assert done.summary.scores["test"]["accuracy"] == pytest.approx(statistics.fmean(both))
    assert toy_store.told(store, run.id)[-1] == "Finished: 2 folds."
