"""The one loop that trains every problem made of steps: learn, watch, save, stop when asked, resume exactly."""

import gc
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import psutil
import torch

from workbench.errors import TrainingError
from workbench.training import batches, memory, optimisers, precision, schedules, state
from workbench.training.average import Average
from workbench.training.checkpoints import Checkpoints, Snapshot
from workbench.training.problem import Control, Point, Problem, Reporter
from workbench.training.rules import Plan
from workbench.training.state import Learning, Progress

REPORT_SECONDS = 0.25  # losses are read from the device, and progress is told, at most this often
SAVE_SECONDS = 60.0
NOT_A_NUMBER = "TRAIN-51"  # and its elder relative: a loss that has run away


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


class _Step(NamedTuple):
    """What one step gave; loss and norm are still on the device."""

    step: int
    epoch: float
    rate: float
    samples: int
    loss: torch.Tensor
    norm: torch.Tensor


class _Training:
    def __init__(
        self, problem: Problem, plan: Plan, seed: int, checkpoints: Checkpoints, reporter: Reporter, halvings: int
    ) -> None:
        self.problem, self.plan, self.seed = problem, plan, seed
        self.checkpoints, self.reporter = checkpoints, reporter
        self.precision = precision.build(plan)
        self.optimizer = optimisers.build(problem.groups, plan)
        self.parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        self.lengths = problem.lengths(0)  # of the present epoch
        self.rows = len(self.lengths)
        self.batches_per_epoch = math.ceil(self.rows / plan.batch_size)
        self.steps = self.batches_per_epoch * plan.epochs
        self.learning = Learning(plan, seed, self.rows, problem.module, self.optimizer, self.precision.scaler)
        self.average = Average(problem.module, plan.ema)
        self.progress = Progress()
        self.halvings = halvings  # told by who watched earlier workers die
        self.unread: list[_Step] = []
        self.last_point: Point | None = None
        self.saved_step = -1
        self.started = self.watched = self.saved = time.monotonic()
        self.unread_seconds = 0.0  # that the unread steps took
        self.here_steps, self.here_seconds = 0, 0.0  # of this process, for the time left
        self.process = psutil.Process()

    # -- the story ------------------------------------------------------------------------------------------------

    def run(self) -> Outcome:
        self.checkpoints.clear_staging()
        snapshot = self.checkpoints.latest()
        if snapshot is None:
            state.seed_everything(self.seed)
        else:
            self.progress = state.restore(self.learning, snapshot)
            self.saved_step = snapshot.step
            self.reporter.event("info", f"Continued from the checkpoint of step {snapshot.step:,}.")
        self.progress.halvings = max(self.progress.halvings, self.halvings)
        self.started = time.monotonic()  # loading is over; features and first weights count as training
        control = self.problem.prepare(self.reporter, fresh=snapshot is None)
        self._clock()
        if control in ("pause", "cancel"):
            return self._outcome(control)
        self.average.begin(snapshot.tensors.get("average", {}) if snapshot else {})
        self._tell(phase="training")
        self.watched = self.saved = time.monotonic()
        self.problem.module.train()
        control = None
        while control is None and not self._done():
            control = self._epoch()
        if control == "stop":
            self._end_epoch(whole=False)
        self._clock()
        if control in ("pause", "cancel"):
            self._read()
            self._save()
            return self._outcome(control)
        if self.progress.losses.found:
            self._give_up()
        self._take_best()
        return self._outcome(control)

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
                if time.monotonic() - self.watched >= REPORT_SECONDS:
                    self._read()
                if self.progress.losses.found:
                    return None
                if self._time_to_save():
                    self._read()
                    self._save()
        self._end_epoch(whole=True)
        return None

    def _time_is_up(self) -> Control | None:
        """A stop when the plan's minutes are over, of all workers together."""
        limit = self.plan.max_minutes
        seconds = self.progress.seconds + time.monotonic() - self.started
        if limit is None or seconds < 60 * limit:
            return None
        self.reporter.event(
            "notice", f"Training has ended after {limit:g} minutes, as the recipe asks. The best is kept."
        )
        return "stop"

    def _step(self, rows: list[int]) -> None:
        """One batch, in as many parts as fit into memory, and one move of the optimiser."""
        progress, plan = self.progress, self.plan
        validated = [scores["loss"] for scores in progress.history if "loss" in scores]
        share = schedules.factor(plan.schedule, progress.step, self.steps, plan.warmup, validated)
        rate = plan.learning_rate * share
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["scale"]
        total, terms = self._gradients_that_fit(rows)
        scaler = self.precision.scaler
        scaler.unscale_(self.optimizer)
        norm = self._clip()
        scaler.step(self.optimizer)
        scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        progress.step += 1
        self.average.follow(progress.step)
        progress.offset += 1
        progress.samples += len(rows)
        self.here_steps += 1
        self.unread.append(_Step(progress.step, self._epoch_done(), rate, len(rows), total / terms, norm))

    def _gradients_that_fit(self, rows: list[int]) -> tuple[torch.Tensor, int]:
        """``_gradients``; when memory runs out, once more in parts half as large."""
        while True:
            try:
                return self._gradients(rows)
            except (MemoryError, RuntimeError, OSError) as error:
                if not memory.ran_out(error):
                    raise
            self._halve(rows)  # not while the error is handled, which holds on to what filled the memory

    def _halve(self, rows: list[int]) -> None:
        """Compute half as many rows at once from now on. Raises TrainingError when that was tried often enough."""
        self.optimizer.zero_grad(set_to_none=True)
        progress, step = self.progress, self.progress.step + 1
        before = max(map(len, self._parts(rows)))
        if before == 1 or progress.halvings >= memory.HALVINGS:
            last = self.checkpoints.latest()
            raise memory.exhausted(self.plan.device, step, before, last.step if last else None)
        progress.halvings += 1
        gc.collect()
        if self.plan.device.startswith("cuda"):
            torch.cuda.empty_cache()
        now = max(map(len, self._parts(rows)))
        self.reporter.progress(halvings=progress.halvings)
        self.reporter.event(
            "notice",
            f"Memory ran out at step {step:,}, so that {now} rows instead of {before} are computed at once from here "
            f"on. The model still learns from {self.plan.batch_size} rows a step, in the same order, a little slower.",
        )

    def _parts(self, rows: list[int]) -> list[list[int]]:
        return batches.parts(rows, self.lengths, self.plan.micro_tokens, self.progress.halvings)

    def _gradients(self, rows: list[int]) -> tuple[torch.Tensor, int]:
        """Add up the gradients of the batch's mean loss; returns the sum of losses and the number of terms."""
        total, terms = torch.zeros((), device=self.parameters[0].device), 0
        for part in self._parts(rows):
            batch = self.problem.batch(part, self.progress.epoch)
            with self.precision.context():
                loss, count = self.problem.loss(batch)
            # Divided by rows, since the number of terms is known only after the last part; made good below.
            self.precision.scaler.scale(loss / len(rows)).backward()
            total, terms = total + loss.detach().float(), terms + count
        if terms != len(rows):
            for parameter in self.parameters:
                if parameter.grad is not None:
                    parameter.grad.mul_(len(rows) / terms)
        return total, terms

    def _clip(self) -> torch.Tensor:
        """The norm of all gradients, which are made smaller if it is above the plan's limit."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        limit = self.plan.gradient_clip
        # On a processor the norm can be looked at for nothing; elsewhere that would wait for the device.
        if limit and (norm.device.type != "cpu" or not norm.item() <= limit):
            torch.nn.utils.clip_grads_with_norm_(self.parameters, limit, norm)
        return norm

    def _end_epoch(self, *, whole: bool) -> None:
        """Validate, remember whether this is the best so far, save. A stop may come within an epoch."""
        progress = self.progress
        self._refuse_nonfinite()
        self._watch()
        scores = self._validate()
        self.watched = time.monotonic()
        best = self._is_best(scores)
        epoch = self._epoch_done()
        if best:
            progress.best_step, progress.best_score, progress.stale = progress.step, scores[self.problem.headline[0]], 0
        else:
            progress.stale += 1
        progress.history.append({"step": progress.step, "epoch": epoch, **scores})
        self._read(scores)
        if whole:
            progress.epoch, progress.offset = progress.epoch + 1, 0
        self._tell(best_score=progress.best_score, best_epoch=self._best_epoch(), best_metric=self.problem.headline[0])
        self._save(best=best)

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
        if self.progress.best_step in (None, self.progress.step):
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

    # -- what is told ---------------------------------------------------------------------------------------------

    def _read(self, scores: Mapping[str, float] | None = None) -> None:
        """Read losses from the device and tell them; ``scores`` join the last step's point.

        Raises TrainingError at the first loss or gradient that is no number.
        """
        losses, norms = self._refuse_nonfinite()
        for loss in losses:
            self.progress.losses.see(loss)
        self._watch()
        speed = sum(taken.samples for taken in self.unread) / max(self.unread_seconds, 1e-9)
        points = [
            Point(taken.step, taken.epoch, _values(loss, taken.rate, speed, norm))
            for taken, loss, norm in zip(self.unread, losses, norms, strict=True)
        ]
        if scores is not None:
            step, epoch = self.progress.step, self._epoch_done()
            told = points.pop() if points else self.last_point
            values = dict(told.values) if told is not None and told.step == step else {}
            points.append(Point(step, epoch, values | {f"validation_{name}": value for name, value in scores.items()}))
        for point in points:
            self.reporter.point(point)
        if self.unread:
            self._tell(loss=losses[-1], learning_rate=self.unread[-1].rate, samples_per_second=speed)
        self.last_point = points[-1] if points else self.last_point
        self.unread.clear()
        self.unread_seconds = 0.0

    def _watch(self) -> None:
        """Count the time since the last look as that of steps; only after ``_refuse_nonfinite``, which waits for them.

        A step returns before a graphics card is done with it, so that steps cannot be timed one by one.
        """
        now = time.monotonic()
        took, self.watched = now - self.watched, now
        self.unread_seconds += took
        self.here_seconds += took
        self.progress.step_seconds += took

    def _refuse_nonfinite(self) -> tuple[list[float], list[float]]:
        """The losses and gradient norms that were not told yet, all of them finite."""
        if not self.unread:
            return [], []
        losses = torch.stack([taken.loss for taken in self.unread]).tolist()
        norms = torch.stack([taken.norm.to(taken.loss.device) for taken in self.unread]).tolist()
        scaled = self.precision.scaler.is_enabled()  # fp16 meets infinite gradients and skips those steps
        for taken, loss, norm in zip(self.unread, losses, norms, strict=True):
            if not (math.isfinite(loss) and (scaled or math.isfinite(norm))):
                raise _not_a_number(taken.step, self.plan, self.checkpoints.latest())
        return losses, norms

    def _tell(self, **changes: Any) -> None:
        progress = self.progress
        self._clock()
        self.reporter.progress(
            epoch=self._epoch_done(),
            epochs=self.plan.epochs,
            step=progress.step,
            steps=self.steps,
            seconds=progress.seconds,
            seconds_left=self._seconds_left(),
            memory_bytes=self.process.memory_info().rss,
            **changes,
        )

    def _seconds_left(self) -> float | None:
        """From the steps measured so far; everything beside the steps is taken to keep its share of the time."""
        if self.here_steps < 3:
            return None
        besides = max(1.0, self.progress.seconds / max(self.progress.step_seconds, 1e-9))
        return (self.steps - self.progress.step) * self.here_seconds / self.here_steps * besides

    def _epoch_done(self) -> float:
        return self.progress.epoch + self.progress.offset / self.batches_per_epoch

    def _best_epoch(self) -> float | None:
        steps = self.progress.best_step
        return None if steps is None else steps / self.batches_per_epoch

    def _clock(self) -> None:
        now = time.monotonic()
        self.progress.seconds += now - self.started
        self.started = now

    # -- what is kept ---------------------------------------------------------------------------------------------

    def _time_to_save(self) -> bool:
        if self.plan.checkpoint_steps is not None:
            return self.progress.step % self.plan.checkpoint_steps == 0
        return time.monotonic() - self.saved >= SAVE_SECONDS

    def _save(self, *, best: bool = False) -> None:
        if self.saved_step == self.progress.step and not best:
            return
        self._clock()
        self.checkpoints.save(state.snapshot(self.learning, self.progress, self.average.tensors), best=best)
        self.saved_step = self.progress.step
        self.saved = self.watched = time.monotonic()


def _values(loss: float, rate: float, speed: float, norm: float) -> dict[str, float]:
    """A point's values; the norm of a step that fp16 skipped is infinite, which JSON and charts cannot hold."""
    values = {"loss": loss, "learning_rate": rate, "samples_per_second": speed}
    return values | {"gradient_norm": norm} if math.isfinite(norm) else values


def _not_a_number(step: int, plan: Plan, last: Snapshot | None) -> TrainingError:
    kept = f"the checkpoint of step {last.step:,} is kept" if last else "there is no checkpoint yet"
    return TrainingError(
        f"the loss is not a number any more at step {step:,} (NaN); {kept}",
        code=NOT_A_NUMBER,
        remedy=f"Start again with a lower learning rate, such as {plan.learning_rate / 10:g}, or with precision fp32.",
    )
