"""The running average of the weights: followed, validated, kept."""

import pytest
import torch

from tests.training.problems import Points, Watcher, plan, same
from workbench.training.average import Average
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train


def test_it_follows_the_weights_as_its_formula_says():
    module = torch.nn.Linear(1, 1)
    average = Average(module, 0.5)
    module.weight.data.fill_(1.0)
    average.begin({})
    module.weight.data.fill_(3.0)
    average.follow(1)  # keeps 2/11 of itself
    assert average.tensors["weight"].item() == pytest.approx(1 * 2 / 11 + 3 * 9 / 11)
    before = average.tensors["weight"].item()
    average.follow(1000)  # keeps a half
    assert average.tensors["weight"].item() == pytest.approx((before + 3) / 2)


def test_what_does_not_learn_is_left_out_and_statistics_are_followed():
    module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    module[0].weight.requires_grad_(False)
    average = Average(module, 0.9)
    average.begin({})
    assert average.tensors.keys() == {"0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"}
    raw = module[0].bias.detach().clone()
    average.tensors["0.bias"].fill_(7.0)
    with average.shown():
        assert torch.equal(module[0].bias, torch.full((2,), 7.0))
    assert torch.equal(module[0].bias, raw)


def test_the_model_that_is_kept_has_the_averaged_weights_that_were_validated(tmp_path):
    problem, checkpoints = Points(), Checkpoints(tmp_path)
    changes = {"ema": 0.95, "epochs": 5, "learning_rate": 0.05}
    outcome = train(problem, plan(**changes), seed=5, checkpoints=checkpoints, reporter=Watcher())
    best = checkpoints.best()
    assert same(problem.weights(), dict(best.tensors["average"]))
    assert not same(problem.weights(), dict(best.tensors["model"]))
    problem.module.eval()
    with torch.no_grad():
        scores = problem.validate()
    told = next(scores for scores in outcome.history if scores["step"] == outcome.best_step)
    assert scores["loss"] == pytest.approx(told["loss"]) and scores["accuracy"] == told["accuracy"]


def test_averaging_changes_nothing_of_what_is_learned(tmp_path):
    ends = []
    for ema in (0.0, 0.9):
        checkpoints = Checkpoints(tmp_path / str(ema))
        train(Points(), plan(ema=ema), seed=5, checkpoints=checkpoints, reporter=Watcher())
        ends.append(dict(checkpoints.latest().tensors["model"]))
    assert same(*ends)
