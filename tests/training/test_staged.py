"""A problem that is worth something before its first step: judged and kept at once, and learning begins elsewhere."""

import pytest
import torch

from tests.training.problems import Killed, Points, Watcher, plan, same
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train


class Solved(Points):
    """Its best weights are there at once; it learns from worse ones."""

    def prepare(self, reporter, *, fresh):
        super().prepare(reporter, fresh=fresh)
        if fresh:
            self._set(0.3)

    def set_out(self, reporter):
        self._set(-0.3)
        return "pause" if reporter.ask == "pause at once" else None

    def _set(self, sure):
        with torch.no_grad():
            for weight in self.module.parameters():
                weight.fill_(0.3)
            self.module[3].weight[:] = torch.tensor([[0.0], [sure]])


def run(folder, watcher=None, **changes):
    problem, watcher = Solved(), watcher or Watcher()
    outcome = train(problem, plan(**changes), seed=5, checkpoints=Checkpoints(folder), reporter=watcher)
    return outcome, problem, watcher


def test_what_is_solved_is_the_first_point_and_kept_when_stopped_at_once(tmp_path):
    outcome, problem, watcher = run(tmp_path, Watcher(ask="stop"))
    assert (outcome.step, outcome.best_step, len(outcome.history)) == (0, 0, 1)
    assert [(point.step, set(point.values)) for point in watcher.points] == [
        (0, {"validation_loss", "validation_accuracy"})
    ]
    assert problem.weights()["3.weight"][1].eq(0.3).all()


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_what_is_solved_is_the_model_where_learning_made_nothing_better(tmp_path, ema):
    outcome, problem, _ = run(tmp_path, learning_rate=1e-6, epochs=2, ema=ema)
    assert outcome.best_step == 0 and outcome.step > 0
    assert problem.weights()["3.weight"][1].eq(0.3).all()
    assert [scores["step"] for scores in outcome.history] == [0, 5, 10]


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_killed_anywhere_it_ends_with_the_same_weights(tmp_path, ema):
    changes = {"checkpoint_steps": 2, "epochs": 2, "ema": ema}
    whole, _, _ = run(tmp_path / "whole", **changes)
    wanted = Checkpoints(tmp_path / "whole").latest().tensors
    for polls in (0, 1, 4, 5):  # before the first step there is but the solved model
        folder = tmp_path / f"killed-{polls}"
        with pytest.raises(Killed):
            run(folder, Watcher(kill=True, after=polls), **changes)
        again, _, watcher = run(folder, **changes)
        assert watcher.events[0][1].startswith("Continued")
        for group in ("model", "average"):
            assert same(Checkpoints(folder).latest().tensors.get(group, {}), wanted.get(group, {}))
        assert again.history == whole.history


def test_paused_before_learning_begins_it_goes_on_from_there(tmp_path):
    wanted, _, _ = run(tmp_path / "whole")
    assert run(tmp_path / "paused", Watcher(ask="pause at once", after=99))[0].paused
    assert run(tmp_path / "paused")[0].history == wanted.history
