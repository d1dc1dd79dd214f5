"""The rule that ends a run whose loss has run away, on drawn curves: no healthy one may be stopped."""

import math

import numpy as np
import pytest

from tests.training.problems import Points, Watcher, plan
from workbench.errors import TrainingError
from workbench.training.checkpoints import Checkpoints
from workbench.training.divergence import BLOCK, BLOCKS, Divergence
from workbench.training.loop import train

STEPS = 600
EACH = 100


def falling(draw, at):
    """From the loss of guessing to any floor, at any pace, with the noise of small batches."""
    start, floor = math.log(draw.integers(2, 60)), draw.uniform(0.0, 0.8)
    pace = draw.uniform(20, 2000)
    return (floor + (1 - floor) * np.exp(-at / pace)) * start * draw.lognormal(0, draw.uniform(0.05, 0.8), len(at))


def learned_by_heart(draw, at):
    """Next to nothing in the end, with batches that are not: 1 in 10 costs as much as at first, or ten times that."""
    loss = 0.7 * np.exp(-at / 60) + 1e-4
    return np.where(draw.random(len(at)) < 0.1, draw.choice([0.7, 7.0], len(at)), loss)


def solved(draw, at):
    """A head that starts from its solution; from the second epoch on it sees augmented versions, which cost more."""
    level = np.where(at < draw.integers(20, 200), draw.uniform(0.001, 0.05), draw.uniform(0.05, 0.5))
    return level * draw.lognormal(0, 1.0, len(at))


def bumps(draw, at):
    """Warm-up or a restart of the schedule throws it back for up to forty steps, up to eight times its start."""
    loss = falling(draw, at)
    for begin in draw.integers(10, 80, 4) + np.arange(0, STEPS - 40, 140):
        length = draw.integers(5, 41)
        loss[begin : begin + length] *= draw.uniform(2, 8)
    return loss


def flat(draw, at):
    """It learns nothing: that is no reason to stop by this rule."""
    return math.log(draw.integers(2, 60)) * draw.lognormal(0, draw.uniform(0.05, 0.6), len(at))


def heavy_tails(draw, at):
    """Squared errors of targets with outliers: single batches cost hundreds of times the usual."""
    return np.square(draw.standard_t(2, (len(at), 8))).mean(axis=1) * (0.5 + 0.5 * np.exp(-at / 200))


def rising_slowly(draw, at):
    """Twice its start in the end, as with ever stronger augmentation."""
    return 0.7 * (1 + at / STEPS) * draw.lognormal(0, 0.3, len(at))


def noisy_plateau_after_learning(draw, at):
    """Very noisy batches of one or two rows."""
    return 2.0 * np.exp(-at / 100) * draw.exponential(1.0, len(at)) + draw.exponential(0.5, len(at))


HEALTHY = [
    falling,
    learned_by_heart,
    solved,
    bumps,
    flat,
    heavy_tails,
    rising_slowly,
    noisy_plateau_after_learning,
]


def growing(draw, at):
    """Exponentially, from where it had fallen to."""
    turn = draw.integers(10, 200)
    loss = np.exp(-np.minimum(at, turn) / 100) * np.exp(np.maximum(at - turn, 0) / draw.uniform(10, 60))
    return 0.7 * loss * draw.lognormal(0, 0.3, len(at))


def thrown_out(draw, at):
    """A step too far, and a level far above guessing from then on."""
    turn = draw.integers(10, 300)
    return np.where(at < turn, 0.7, 0.7 * draw.uniform(6, 60)) * draw.lognormal(0, 0.4, len(at))


def lost_solution(draw, at):
    """A solved start that is lost."""
    return np.where(at < 50, 0.02, draw.uniform(2, 20)) * draw.lognormal(0, 0.4, len(at))


def stopped_at(losses):
    watch = Divergence()
    for step, loss in enumerate(losses, 1):
        watch.see(float(loss))
        if watch.found:
            return step, watch
    return None, watch


def drawn(family):
    return [family(np.random.default_rng([7, number]), np.arange(STEPS)) for number in range(EACH)]


@pytest.mark.parametrize("family", HEALTHY)
def test_no_healthy_curve_is_stopped(family):
    assert [stopped_at(losses)[0] for losses in drawn(family)] == [None] * EACH


@pytest.mark.parametrize("family", [growing, thrown_out, lost_solution])
def test_every_runaway_curve_is_stopped(family):
    for losses in drawn(family):
        step, watch = stopped_at(losses)
        assert step is not None
        assert step - watch.since == BLOCK * BLOCKS
        assert watch.level > 3 * watch.start


class RunAway(Points):
    """Its loss is a hundredfold from an epoch on, as if one step had thrown the weights out."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def batch(self, rows, epoch):
        return *super().batch(rows, epoch), 100.0 if epoch >= self.epoch else 1.0

    def loss(self, batch):
        loss, terms = super().loss(batch[:2])
        return loss * batch[2], terms


def run(folder, problem, watcher, **changes):
    return train(problem, plan(epochs=60, **changes), seed=5, checkpoints=Checkpoints(folder), reporter=watcher)


def test_a_runaway_loss_ends_the_run_with_the_best_model_and_says_why(tmp_path):
    watcher = Watcher()
    outcome = run(tmp_path, RunAway(epoch=8), watcher)
    assert outcome.stopped_early and outcome.step < 300
    (text,) = (text for kind, text in watcher.events if kind == "notice")
    assert f"the best model so far, of step {outcome.best_step:,}, is kept" in text
    assert "learning rate is too high" in text and "0.002" in text  # a fifth of 0.01
    again = run(tmp_path, RunAway(epoch=8), Watcher())
    assert again.best_step == outcome.best_step


def test_a_loss_that_runs_away_before_anything_was_validated_fails(tmp_path):
    class Runaway(Points):
        calls = 0

        def loss(self, batch):
            loss, terms = super().loss(batch)
            self.calls += 1
            return loss * min(1.2**self.calls, 1e6), terms

    with pytest.raises(TrainingError) as raised:
        train(Runaway(rows=2000), plan(epochs=1), seed=5, checkpoints=Checkpoints(tmp_path), reporter=Watcher())
    assert raised.value.code == "TRAIN-51" and "learning rate" in raised.value.remedy


def test_a_resumed_run_remembers_what_the_loss_was(tmp_path):
    outcome = run(tmp_path / "whole", RunAway(epoch=8), Watcher())
    paused = run(tmp_path / "parts", RunAway(epoch=8), Watcher(ask="pause", after=70))
    assert paused.paused
    assert run(tmp_path / "parts", RunAway(epoch=8), Watcher()).step == outcome.step
