import math
import random

import pytest
import torch

from tests.training.problems import Killed, Points, Watcher, plan, same
from workbench.errors import TrainingError
from workbench.training import state
from workbench.training.checkpoints import Checkpoints
from workbench.training.loop import train

SETTINGS = [
    *({"optimizer": name} for name in ("adamw", "adam", "sgd", "momentum", "rmsprop")),
    *({"schedule": name} for name in ("cosine", "constant", "one-cycle", "plateau")),
    {"ema": 0.9, "optimizer": "momentum", "schedule": "one-cycle"},
    {"ema": 0.9, "schedule": "plateau", "learning_rate": 0.3, "epochs": 6},
]
STEPS = 15  # 3 epochs of 5 batches


def run(folder, watcher=None, problem=None, **changes):
    problem = problem or Points()
    watcher = watcher or Watcher()
    outcome = train(problem, plan(**changes), seed=5, checkpoints=Checkpoints(folder), reporter=watcher)
    return outcome, problem, watcher


def end(folder, **changes):
    """The weights after the last step, whichever were the best."""
    run(folder, **changes)
    return Checkpoints(folder).latest().tensors["model"]


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: "-".join(map(str, settings.values())))
def test_a_killed_run_ends_with_the_weights_of_one_that_was_not(tmp_path, settings):
    changes = {**settings, "checkpoint_steps": 2}
    outcome, whole, _ = run(tmp_path / "whole", **changes)
    wanted = Checkpoints(tmp_path / "whole").latest().tensors
    for step in (3, 5, 6, 14):  # within an epoch, at its border, just after it, before the last
        folder = tmp_path / f"killed-{step}"
        with pytest.raises(Killed):
            run(folder, Watcher(kill=True, after=step), **changes)
        again, resumed, _ = run(folder, **changes)
        for group in ("model", "average"):
            assert same(Checkpoints(folder).latest().tensors.get(group, {}), wanted.get(group, {}))
        assert again.history == outcome.history
        assert same(resumed.weights(), whole.weights())  # the best ones


def test_case_53_killed_again_and_again_at_every_step(tmp_path):
    wanted = end(tmp_path / "whole", checkpoint_steps=1)
    lives = 0
    while True:
        try:
            run(tmp_path / "killed", Watcher(kill=True, after=1), checkpoint_steps=1)
            break
        except Killed:
            lives += 1
    assert lives == STEPS - 1
    assert same(Checkpoints(tmp_path / "killed").latest().tensors["model"], wanted)


def test_a_run_in_bf16_resumes_exactly(tmp_path):
    wanted = end(tmp_path / "whole", precision="bf16")
    run(tmp_path / "paused", Watcher(ask="pause", after=7), precision="bf16")
    assert same(end(tmp_path / "paused", precision="bf16"), wanted)


def test_the_best_weights_are_in_the_module_at_the_end(tmp_path):
    outcome, problem, _ = run(tmp_path, learning_rate=0.05, epochs=6)
    best = max(outcome.history, key=lambda scores: (scores["accuracy"], -scores["loss"]))
    assert (outcome.best_step, outcome.best_score) == (best["step"], best["accuracy"])
    problem.module.eval()
    with torch.no_grad():
        assert problem.validate()["loss"] == pytest.approx(best["loss"])
    assert outcome.samples == 6 * 37
    assert not (outcome.stopped_early or outcome.paused or outcome.cancelled)


def test_pause_saves_and_resume_prepares_without_starting_anew(tmp_path):
    outcome, problem, _ = run(tmp_path, Watcher(ask="pause", after=7))
    assert outcome.paused and outcome.step == 7
    assert problem.prepared == [True]
    again, problem, watcher = run(tmp_path)
    assert problem.prepared == [False]
    assert again.step == STEPS and again.samples == 3 * 37
    assert ("info", "Continued from the checkpoint of step 7.") in watcher.events
    assert again.train_seconds > outcome.train_seconds


def test_a_resumed_run_clears_what_its_killed_predecessor_left_half_written(tmp_path):
    run(tmp_path, Watcher(ask="pause", after=3))
    (tmp_path / ".staging" / "left-over").mkdir(parents=True, exist_ok=True)
    (tmp_path / ".staging" / "left-over" / "model.safetensors").write_bytes(b"half")
    outcome, _, _ = run(tmp_path)
    assert outcome.step == STEPS and not (tmp_path / ".staging" / "left-over").exists()


def test_cancel_saves_so_that_the_run_can_still_go_on(tmp_path):
    outcome, _, _ = run(tmp_path, Watcher(ask="cancel", after=4))
    assert outcome.cancelled and not outcome.stopped_early
    assert Checkpoints(tmp_path).latest().step == 4
    assert same(end(tmp_path), end(tmp_path / "whole"))


def test_stop_within_an_epoch_validates_and_keeps_the_best(tmp_path):
    outcome, _, watcher = run(tmp_path, Watcher(ask="stop", after=7))
    assert outcome.stopped_early and outcome.step == 7
    assert [scores["step"] for scores in outcome.history] == [5, 7]
    assert outcome.best_step in (5, 7)
    assert "validation_accuracy" in watcher.points[-1].values


def test_stop_before_the_first_step_still_gives_a_model(tmp_path):
    outcome, _, _ = run(tmp_path, Watcher(ask="stop", after=0))
    assert outcome.stopped_early and outcome.step == 0 and outcome.best_step == 0


def test_pause_before_the_first_step_resumes(tmp_path):
    outcome, _, _ = run(tmp_path, Watcher(ask="pause", after=0))
    assert outcome.paused and outcome.step == 0
    assert same(end(tmp_path), end(tmp_path / "whole"))


def test_a_limit_on_time_ends_as_a_stop_does_and_counts_over_resumes(tmp_path):
    slow = {"lengths": 0.2}  # seconds, an epoch
    outcome, _, watcher = run(tmp_path / "whole", problem=Points(slow=slow), epochs=50, max_minutes=0.01)
    assert outcome.stopped_early and outcome.step < 250 and outcome.best_step is not None
    (text,) = (text for kind, text in watcher.events if kind == "notice")
    assert "after 0.01 minutes" in text

    paused, _, _ = run(tmp_path / "parts", Watcher(ask="pause", after=7), problem=Points(slow=slow), max_minutes=10)
    assert paused.step == 7 and paused.train_seconds > 0.2
    again, _, _ = run(tmp_path / "parts", problem=Points(slow=slow), max_minutes=0.2 / 60)
    assert again.stopped_early and again.step == 7


def test_early_stopping_ends_after_its_patience_and_again_after_a_resume(tmp_path):
    outcome, _, _ = run(tmp_path, epochs=50, early_stopping=2, learning_rate=0.0)
    assert outcome.stopped_early and outcome.step == 15  # the first epoch is the best, two more are waited for
    again, _, _ = run(tmp_path, epochs=50, early_stopping=2, learning_rate=0.0)
    assert again.step == 15 and again.stopped_early


def test_case_51_a_loss_that_is_no_number_stops_and_keeps_finite_weights(tmp_path):
    with pytest.raises(TrainingError) as raised:
        run(tmp_path, problem=Points(poison=(1, 3)), checkpoint_steps=1)
    assert raised.value.code == "TRAIN-51"
    assert "(NaN)" in raised.value.what and "lower learning rate" in raised.value.remedy
    kept = Checkpoints(tmp_path).latest()
    assert kept.step >= 5
    assert all(bool(torch.isfinite(tensor).all()) for tensor in kept.tensors["model"].values())


def test_a_run_away_learning_rate_is_a_plain_error(tmp_path):
    with pytest.raises(TrainingError, match="not a number"):
        run(tmp_path, optimizer="sgd", learning_rate=1e30, gradient_clip=0.0, epochs=20)


def test_accumulated_micro_batches_are_the_same_batch(tmp_path):
    def loss_curve(folder, **changes):
        problem = Points()
        problem.module[2].p = 0.0  # dropout draws differently for other shapes
        return [point.values["loss"] for point in run(folder, problem=problem, **changes)[2].points]

    whole, parts = loss_curve(tmp_path / "whole"), loss_curve(tmp_path / "parts", micro_tokens=25)
    assert parts == pytest.approx(whole, rel=1e-4)


def test_every_step_is_a_point_and_epochs_end_with_validation(tmp_path):
    _, _, watcher = run(tmp_path)
    assert [point.step for point in watcher.points] == list(range(1, STEPS + 1))
    assert all(point.values.keys() >= {"loss", "learning_rate", "samples_per_second"} for point in watcher.points)
    ends = [point for point in watcher.points if "validation_loss" in point.values]
    assert [(point.step, point.epoch) for point in ends] == [(5, 1.0), (10, 2.0), (15, 3.0)]
    assert ends[0].values.keys() >= {"gradient_norm", "validation_accuracy"}
    changes = watcher.changes
    assert (changes["step"], changes["steps"], changes["epochs"]) == (STEPS, STEPS, 3)
    assert changes["memory_bytes"] > 10**6 and math.isclose(changes["epoch"], 3.0)
    assert changes["best_score"] > 0.5 and changes["best_epoch"] in (1.0, 2.0, 3.0)


def test_training_time_counts_features_and_validation_and_the_speed_counts_the_steps(tmp_path):
    """Sleeping takes at least as long as it says, so these hold however busy the machine is."""
    problem = Points(slow={"prepare": 0.2, "lengths": 0.05, "validate": 0.1})
    outcome, _, _ = run(tmp_path, problem=problem)
    steps = outcome.samples / outcome.samples_per_second
    assert steps >= 3 * 0.05  # what an epoch does before its steps is part of their time, as a graphics card's work is
    assert outcome.train_seconds >= steps + 0.2 + 3 * 0.1


def test_a_pause_within_the_features_counts_their_time(tmp_path):
    class Paused(Points):
        def prepare(self, reporter, *, fresh):
            super().prepare(reporter, fresh=fresh)
            return "pause"

    outcome, _, _ = run(tmp_path, problem=Paused(slow={"prepare": 0.1}))
    assert outcome.paused and outcome.train_seconds >= 0.1


def test_fp16_steps_that_are_skipped_leave_no_infinite_number_in_the_curves(tmp_path):
    """The scale is found by trying: the first gradients of nearly every fp16 run are infinite."""

    class Steep(Points):
        def loss(self, batch):
            loss, terms = super().loss(batch)
            return loss * 1e36, terms  # times the first scale of 65,536 that is beyond fp32

    _, _, watcher = run(tmp_path, problem=Steep(), precision="fp16", epochs=1)
    assert len(watcher.points) == 5
    assert all(math.isfinite(value) for point in watcher.points for value in point.values.values())
    assert not all("gradient_norm" in point.values for point in watcher.points)


def test_random_numbers_are_those_of_the_card_that_the_run_is_on(monkeypatch):
    """Without a graphics card: what torch would be asked for."""
    asked = []
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda device: asked.append(device) or torch.get_rng_state())
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda state, device: asked.append(device))
    kept = state.random_tensors("cuda:1")
    state.load_random(random.getstate(), kept, "cuda:1")
    state.load_random(random.getstate(), kept, "cpu")
    assert asked == ["cuda:1", "cuda:1"] and "cuda" not in state.random_tensors("cpu")


def test_equal_seeds_give_equal_curves_and_other_seeds_others(tmp_path):
    first, second = (run(tmp_path / name)[2].points for name in ("a", "b"))
    assert [point.values["loss"] for point in first] == [point.values["loss"] for point in second]
    other = Watcher()
    train(Points(), plan(), seed=6, checkpoints=Checkpoints(tmp_path / "c"), reporter=other)
    assert [point.values["loss"] for point in other.points] != [point.values["loss"] for point in first]


def test_a_checkpoint_of_other_settings_is_refused(tmp_path):
    run(tmp_path, Watcher(ask="pause", after=3))
    with pytest.raises(TrainingError, match="batch_size 8"):
        run(tmp_path, batch_size=4)


def test_torch_settings_are_as_before_afterwards(tmp_path):
    before = torch.get_num_threads(), torch.get_float32_matmul_precision()
    run(tmp_path, threads=1, matmul="medium")
    assert (torch.get_num_threads(), torch.get_float32_matmul_precision()) == before
