"""Train, Evaluate, Use and Runs of a run in folds, and the queue."""

import pytest

from tests import toy_folds
from tests.ui.conftest import shown, with_data
from workbench.jobs import devices, supervisor
from workbench.services import fold_runs, runs, turns
from workbench.store.views import State


@pytest.fixture
def place(empty, monkeypatch):
    """A project and its data, in a store where nobody works but the test."""
    monkeypatch.setattr(supervisor, "ensure", lambda settings: None)
    devices.register(empty)
    return with_data(empty, "Folds")


def test_a_run_in_folds_shows_its_mean_its_spread_and_the_way_to_every_fold(empty, page, place):
    parent = toy_folds.judged(empty, place)
    evaluate = page("evaluate", project=place[0], run=parent)
    assert not evaluate.exception and not evaluate.error
    table = next(frame.value for frame in evaluate.dataframe if "Spread" in frame.value)
    assert table.iloc[0].tolist() == ["Accuracy", "70.0%", "± 20.0 points", "50.0%", "70.0%"]
    assert "Measured on 60 test rows" in shown(evaluate)
    assert [expander.label for expander in evaluate.expander if expander.label == "3 folds"]
    found = page("runs", project=place[0])
    assert found.dataframe[0].value["Run"].tolist() == ["Run 1"]  # its folds are folded under it
    assert found.dataframe[0].value["± Spread"].tolist() == ["20.0 points"]


def test_using_a_run_in_folds_offers_one_model_of_nearly_all_rows(empty, page, place):
    parent = toy_folds.judged(empty, place)
    use = page("use", project=place[0], run=parent)
    assert not use.exception
    assert "Folds judge; they leave no single model" in shown(use)
    use.button(key=f"use_whole_{parent}").click().run()
    assert not use.exception and not use.error
    whole = runs.latest(empty, place[0])
    assert (whole.in_folds, whole.recipe.split.train, whole.state) == (False, 0.85, State.QUEUED)
    assert use.query_params["run"] == whole.id


def test_folds_that_are_trained_are_followed_and_lead_back(empty, page, place):
    parent = toy_folds.queue_folds(empty, place, folds=2)
    toy_folds.end(empty, toy_folds.begin(empty), State.FAILED, reason="No *good* rows.")
    train = page("train", project=place[0], run=parent)
    assert not train.exception
    assert "Fold 2 of 2: Waiting for a free device" in train.get("progress")[0].proto.text
    assert "No \\*good\\* rows" in train.error[0].value
    assert {"train_pause", "train_stop", "train_cancel"} <= {button.key for button in train.button}
    fold = fold_runs.of(empty, parent)[1]
    links = [link.label for link in page("train", project=place[0], run=fold.id).page_link]
    assert "All folds" in links


def test_the_queue_stands_on_runs_and_a_run_that_waits_can_be_the_next(empty, page, place):
    parent = toy_folds.queue_folds(empty, place, folds=2)
    other = with_data(empty, "Other")
    waiting = toy_folds.queue_folds(empty, other, folds=2)
    found = page("runs", project=place[0])
    assert not found.exception
    assert "Queue (2)" in [expander.label for expander in found.expander]
    assert "Other" in shown(found)
    assert found.button(key=f"queue_up_{parent}").disabled and found.button(key=f"queue_down_{waiting}").disabled
    found.button(key=f"queue_first_{waiting}").click().run()
    assert [turn.run.id for turn in turns.queue(empty)] == [waiting, parent]
    train = page("train", project=place[0], run=parent)
    assert "Place 2 of 2 in the queue, after “Run 1”" in shown(train)
    train.button(key="train_first").click().run()
    assert not train.exception
    assert [turn.run.id for turn in turns.queue(empty)] == [parent, waiting]
