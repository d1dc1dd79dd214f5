"""What is predicted from a few steps, and how it changes with method and epochs."""

import pytest

from tests.training.problems import Points, plan
from workbench.training.estimate import KEPT, Estimate, measure


def test_a_few_steps_predict_every_method(tmp_path):
    estimate = measure(Points(), plan(epochs=4), held_out=10, room=tmp_path)
    assert estimate.epoch > 0 and estimate.features > 0 and estimate.start >= 0
    assert estimate.full_peak >= estimate.head_peak > 10**6
    assert estimate.checkpoint > estimate.model > 0
    assert (estimate.epochs, estimate.rows, estimate.halvings) == (4, 37, 0)
    assert Estimate.from_json(estimate.to_json()) == estimate


def estimated(**changes) -> Estimate:
    known = {"start": 5.0, "epoch": 10.0, "end": 2.0, "features": 4.0, "full_peak": 900, "head_peak": 500}
    return Estimate(**{"method": "full", **known, "checkpoint": 300, "model": 100, "epochs": 3, "rows": 50, **changes})


def test_epochs_end_one_after_another_and_scoring_comes_last():
    assert estimated().epoch_ends == (15.0, 25.0, 35.0)
    assert estimated().seconds == 37.0
    assert estimated().under("full", 5).seconds == 57.0
    staged = estimated().under("staged", 1)
    assert staged.epoch_ends[0] == pytest.approx(5 + 4 + 3 + 10)  # a small layer is solved first
    head = estimated().under("head", 1)
    assert (head.epoch_ends, head.seconds, head.memory_bytes, head.disk_bytes) == ((), 5 + 4 + 3 + 2, 500, 100)


def test_the_disk_holds_the_checkpoints_that_there_will_be():
    assert estimated(epochs=2).disk_bytes == 2 * 300 + 100
    assert estimated(epochs=50).disk_bytes == KEPT * 300
    assert estimated(epochs=1, epoch=130.0).disk_bytes == 3 * 300 + 100  # two within the epoch, one at its end


def test_one_batch_is_enough(tmp_path):
    assert measure(Points(rows=3), plan(), held_out=0, room=tmp_path).seconds > 0


def test_fewer_rows_at_once_are_measured_where_memory_ran_out(tmp_path):
    problem, most = Points(), []
    batch = problem.batch
    problem.batch = lambda rows, epoch: (most.append(len(rows)), batch(rows, epoch))[1]
    estimate = measure(problem, plan(), held_out=5, room=tmp_path, halvings=1)
    assert estimate.halvings == 1
    assert 1 <= max(most) <= -(-plan().batch_size // 2)
