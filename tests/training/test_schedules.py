import itertools

import pytest

from workbench.training.schedules import factor


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_rates_rise_to_one_and_then_never_rise(schedule):
    rates = [factor(schedule, step, 100, 0.1) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == rates[9] == 1.0
    assert all(a >= b for a, b in itertools.pairwise(rates[9:]))
    assert all(0 < rate <= 1 for rate in rates)


def test_their_ends():
    assert factor("linear", 99, 100, 0.0) == pytest.approx(0.01)
    assert factor("cosine", 99, 100, 0.0) < 0.001
    assert factor("constant", 99, 100, 0.0) == 1.0
    assert factor("linear", 0, 1, 0.0) == 1.0
