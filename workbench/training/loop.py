"""The one loop that trains every problem made of steps: learn, watch, save, stop when asked, resume exactly."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import torch

from workbench.errors import TrainingError
from workbench.training import batches, optimisers, precision, schedules, state
from workbench.training.average import Average
from workbench.training.checkpoints import Checkpoints, Snapshot
from workbench.training.gradients import Gradients
from workbench.training.problem import Control, Problem, Reporter, Staged
from workbench.training.rules import Plan
from workbench.training.state import Learning, Progress
from workbench.training.telling import NOT_A_NUMBER, Telling

REPORT_SECONDS = 0.25  # losses are read from the device, and progress is told, at most this often
SAVE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a training ended. The module then holds the best weights, unless it was paused or cancelled.

    ``train_seconds`` are active seconds over all resumes, from the features to the last save; ``samples`` the training
    samples seen; ``samples_per_second`` those of the steps, without features, validation and saves; ``history`` has the
    scores of every validation.
    """

    step: int
    best_step: int | None
    best_score: float | None
    stopped_early: bool
    paused: bool
    cancelled: bool
    train_seconds: float
    samples: int
    samples_per_second: float
    history: tuple[Mapping[str, float], ...]


def train(
    problem: Problem, plan: Plan, *, seed: int, checkpoints: Checkpoints, reporter: Reporter, halvings: int = 0
) -> Outcome:
    """Train from the latest whole checkpoint, or from the start, until the plan is done or somebody asks to end.

    Equal arguments give equal weights on one CPU with one thread count, however often the run was interrupted.
    ``halvings`` says how often memory ran out before (told as progress when it happens here): so often is halved how
    many rows are computed at once, which changes neither batches nor their order.
    Raises TrainingError when the loss is no number any more, or memory runs out after ``memory.HALVINGS`` of them;
    checkpoints hold finite weights only.
    """
    with precision.settled(plan):
        return _Training(problem, plan, seed, checkpoints, reporter, halvings).run()


class _Training:
    def __init__(
        self, problem: Problem, plan: Plan, seed: int, checkpoints: Checkpoints, reporter: Reporter, halvings: int
    ) -> None:
        self.problem, self.plan, self.seed = problem, plan, seed
        self.checkpoints, self.reporter = checkpoints, reporter
        self.precision = precision.build(plan)
        scaler = self.precision.scaler
        self.optimizer = optimisers.build(problem.groups, plan)
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.lengths = problem.lengths(0)  # of the present epoch
        rows = len(self.lengths)
        self.learning = Learning(plan, seed, rows, problem.module, self.optimizer, scaler)
        self.average = Average(problem.module, plan.ema)
        self.snapshot, self.progress = self._begin()
        self.progress.halvings = max(self.progress.halvings, halvings)  # told by who watched earlier workers die
        self.saved_step, self.saved = self.snapshot.step if self.snapshot else -1, 0.0
        self.gradients = Gradients(problem, plan, self.progress, checkpoints, reporter, self.precision, parameters)
        epoch_steps = math.ceil(rows / plan.batch_size)
        self.telling = Telling(plan, self.progress, checkpoints, reporter, epoch_steps, scaled=scaler.is_enabled())

    # -- the story ------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        fresh = self.snapshot is None
        control = self.problem.prepare(self.reporter, fresh=fresh)
        self.telling.clock()
        if control in ("pause", "cancel"):
            return self._outcome(control)
        self.average.begin(self.snapshot.tensors.get("average", {}) if self.snapshot else {})
        self.snapshot = None  # its tensors are in their places
        self.telling.tell(phase="training")
        self.telling.look_away()
        self.saved = time.monotonic()
        self.problem.module.train()
        control = self._set_out(fresh=fresh)
        while control is None and not self._done():
            control = self._epoch()
        if control == "stop" and not self._just_validated():
            self._end_epoch(whole=False)
        self.telling.clock()
        if control in ("pause", "cancel"):
            self.telling.read()
            self._save()
            return self._outcome(control)
        if self.progress.losses.found:
            self._give_up()
        self._take_best()
        return self._outcome(control)

    def _set_out(self, *, fresh: bool) -> Control | None:
        """What is worth something before the first step is judged and kept as the best so far; then learning begins."""
        if self.progress.step or not isinstance(self.problem, Staged):
            return None
        if fresh:
            self._end_epoch(whole=False)
            self.reporter.event("info", "A first model is there, which Stop would keep. Now it learns on.")
        control = self.problem.set_out(self.reporter)
        self.average.begin({})
        self.problem.module.train()
        return control

    def _begin(self) -> tuple[Snapshot | None, Progress]:
        """The latest whole checkpoint, put back, and how far it had come; None and nothing for a new run."""
        self.checkpoints.clear_staging()
        snapshot = self.checkpoints.latest()
        if snapshot is None:
            state.seed_everything(self.seed)
            return None, Progress()
        progress = state.restore(self.learning, snapshot)
        self.reporter.event("info", f"Continued from the checkpoint of step {snapshot.step:,}.")
        return snapshot, progress

    def _done(self) -> bool:
        progress = self.progress
        return progress.epoch >= self.plan.epochs or progress.losses.found or self._out_of_patience()

    def _epoch(self) -> Control | None:
        """Train to the end of the present epoch; returns what the user asked for, if anything."""
        progress = self.progress
        self.lengths = self.problem.lengths(progress.epoch)
        order = batches.order(self.lengths, self.plan.batch_size, seed=self.seed, epoch=progress.epoch)
        for rows in order[progress.offset :]:
            control = self.reporter.control() or self._time_is_up()
            if control is not None:
                return control
            self._step(rows)
            if progress.offset < len(order):
                if time.monotonic() - self.telling.watched >= REPORT_SECONDS:
                    self.telling.read()
                if self.progress.losses.found:
                    return None
                if self._time_to_save():
                    self.telling.read()
                    self._save()
        self._end_epoch(whole=True)
        return None

    def _time_is_up(self) -> Control | None:
        """A stop when the plan's minutes are over, of all workers together."""
        limit = self.plan.max_minutes
        if limit is None or self.telling.clock() < 60 * limit:
            return None
        self.reporter.event(
            "notice", f"Training has ended after {limit:g} minutes, as the recipe asks. The best is kept."
        )
        return "stop"

    def _step(self, rows: list[int]) -> None:
        """One batch, in as many parts as fit into memory, and one move of the optimiser."""
        progress, plan, scaler = self.progress, self.plan, self.precision.scaler
        validated = [scores["loss"] for scores in progress.history if "loss" in scores]
        share = schedules.factor(plan.schedule, progress.step, self.telling.steps, plan.warmup, validated)
        rate = plan.learning_rate * share
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        total, terms = self.gradients.of(rows, self.lengths)
        scaler.unscale_(self.optimizer)
        norm = self.gradients.clip()
        scaler.step(self.optimizer)
        scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        progress.step += 1
        progress.offset += 1
        progress.samples += len(rows)
        self.average.follow(progress.step)
        self.telling.took(rate, len(rows), total / terms, norm)

    def _end_epoch(self, *, whole: bool) -> None:
        """Validate, remember whether this is the best so far, save. A stop may come within an epoch."""
        progress = self.progress
        self.telling.finite()
        self.telling.watch()
        scores = self._validate()
        self.telling.look_away()
        best = self._is_best(scores)
        epoch = self.telling.epoch_done()
        if best:
            progress.best_step, progress.best_score, progress.stale = progress.step, scores[self.problem.headline[0]], 0
        else:
            progress.stale += 1
        progress.history.append({"step": progress.step, "epoch": epoch, **scores})
        self.telling.read(scores)
        if whole:
            progress.epoch, progress.offset = progress.epoch + 1, 0
        best_epoch = None if progress.best_step is None else progress.best_step / self.telling.epoch_steps
        self.telling.tell(best_score=progress.best_score, best_epoch=best_epoch, best_metric=self.problem.headline[0])
        self._save(best=best)

    def _just_validated(self) -> bool:
        return bool(self.progress.history) and self.progress.history[-1]["step"] == self.progress.step

    def _validate(self) -> dict[str, float]:
        self.problem.module.eval()
        with torch.no_grad(), self.precision.context(), self.average.shown():
            scores = dict(self.problem.validate())
        self.problem.module.train()
        return scores

    def _is_best(self, scores: Mapping[str, float]) -> bool:
        """Better than the best so far; at an equal headline the lower validation loss decides."""
        key, higher = self.problem.headline
        score, best = scores.get(key), self.progress.best_score
        if score is None or not math.isfinite(score):
            return False
        if best is None or score == best:
            previous = next((h for h in self.progress.history if h["step"] == self.progress.best_step), {})
            return best is None or scores.get("loss", math.inf) < previous.get("loss", math.inf)
        return score > best if higher else score < best

    def _take_best(self) -> None:
        """Put the best weights into the module, averaged ones where the plan asks for them."""
        self.average.settle()
        if self.progress.best_step is None or self.progress.best_step == self.progress.step > 0:
            return
        snapshot = self.checkpoints.best()
        if snapshot is None:
            self.reporter.event("warning", "The best checkpoint cannot be read, so the last weights are kept.")
            return
        best = {**snapshot.tensors["model"], **snapshot.tensors.get("average", {})}
        state.load_weights(self.problem.module, best)

    def _out_of_patience(self) -> bool:
        return 0 < self.plan.early_stopping <= self.progress.stale

    def _give_up(self) -> None:
        """Say that the loss has run away. Raises TrainingError when no model from before that can be kept."""
        losses, best = self.progress.losses, self.progress.best_step
        what = (
            f"the training loss rose from {losses.start:.3g} to {losses.level:.3g} and stayed there for the last "
            f"{losses.seen - losses.since} steps: most likely the learning rate is too high"
        )
        remedy = f"Try a new run with a lower learning rate, such as {self.plan.learning_rate / 5:.1g}."
        if best is None or all(scores["step"] > losses.since for scores in self.progress.history):
            raise TrainingError(what, code=NOT_A_NUMBER, remedy=remedy)
        kept = f"Training has ended, and the best model so far, of step {best:,}, is kept"
        self.reporter.event("notice", f"{what[:1].upper()}{what[1:]}. {kept}. {remedy}")

    def _outcome(self, control: Control | None) -> Outcome:
        progress = self.progress
        stopped = control == "stop" or (control is None and progress.epoch < self.plan.epochs)
        return Outcome(
            step=progress.step,
            best_step=progress.best_step,
            best_score=progress.best_score,
            stopped_early=stopped,
            paused=control == "pause",
            cancelled=control == "cancel",
            train_seconds=progress.seconds,
            samples=progress.samples,
            samples_per_second=progress.samples / progress.step_seconds if progress.step_seconds else 0.0,
            history=tuple(progress.history),
        )

    # -- what is kept ---------------------------------------------------------------------------------------------

    def _time_to_save(self) -> bool:
        if self.plan.checkpoint_steps is not None:
            return self.progress.step % self.plan.checkpoint_steps == 0
        return time.monotonic() - self.saved >= SAVE_SECONDS

    def _save(self, *, best: bool = False) -> None:
        if self.saved_step == self.progress.step and not best:
            return
        self.telling.clock()
        self.checkpoints.save(state.snapshot(self.learning, self.progress, self.average.tensors), best=best)
        self.saved_step = self.progress.step
        self.telling.look_away()
        self.saved = time.monotonic()
