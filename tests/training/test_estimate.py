import pytest

from tests.training.problems import Points, plan
from workbench.training.estimate import Estimate, measure


def test_a_few_steps_predict_both_methods():
    estimate = measure(Points(), plan(epochs=4), held_out=10)
    assert estimate.full > 0 and estimate.head >= estimate.features > 0
    assert estimate.full_peak >= estimate.head_peak > 10**6
    assert estimate.full_disk > estimate.head_disk > 0
    assert (estimate.epochs, estimate.rows) == (4, 37)
    assert (estimate.seconds, estimate.memory_bytes) == (estimate.full, estimate.full_peak)
    assert estimate.under("full", 8).seconds == pytest.approx(2 * estimate.full)
    assert estimate.under("head", 8).seconds == estimate.head
    assert Estimate.from_json(estimate.to_json()) == estimate


def test_one_batch_is_enough():
    assert measure(Points(rows=3), plan(), held_out=0).full > 0
