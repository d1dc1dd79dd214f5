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


def test_one_cycle_rises_for_nearly_a_third_and_ends_below_its_start():
    rates = [factor("one-cycle", step, 101, 0.1) for step in range(101)]
    assert rates[0] == pytest.approx(1 / 25) and rates[30] == max(rates) == 1.0
    assert all(a < b for a, b in itertools.pairwise(rates[:31]))
    assert all(a > b for a, b in itertools.pairwise(rates[30:]))
    assert 0 < rates[-1] < rates[0] / 100
    assert factor("one-cycle", 0, 1, 0.1) == pytest.approx(1 / 25)


@pytest.mark.parametrize(
    ("losses", "rate"),
    [
        ([], 1.0),
        ([1.0, 0.9, 0.8], 1.0),
        ([1.0, 1.1], 1.0),
        ([1.0, 1.1, 0.9, 1.0], 1.0),  # one bad epoch at a time
        ([1.0, 1.1, 1.2], 0.5),
        ([1.0, 1.0, 1.0, 1.0, 1.0], 0.25),
        ([1.0, 1.1, 1.2, 0.9, 0.8], 0.5),  # it falls again, and the rate stays low
    ],
)
def test_plateau_halves_when_two_validations_in_a_row_were_no_better(losses, rate):
    assert factor("plateau", 50, 100, 0.1, losses) == rate
    assert factor("plateau", 0, 100, 0.1, losses) == pytest.approx(0.1)  # warm-up comes first
