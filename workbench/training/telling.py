"""What the loop tells while it trains: points of the curves, progress, the time that is left."""

import math
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import psutil
import torch

from workbench.errors import TrainingError
from workbench.training.checkpoints import Checkpoints, Snapshot
from workbench.training.problem import Point, Reporter
from workbench.training.rules import Plan
from workbench.training.state import Progress

NOT_A_NUMBER = "TRAIN-51"  # and its elder relative: a loss that has run away


class Step(NamedTuple):
    """What one step gave; loss and norm are still on the device."""

    step: int
    epoch: float
    rate: float
    samples: int
    loss: torch.Tensor
    norm: torch.Tensor


class Telling:
    """Keeps steps until they are read from the device and told, and the clocks of the run.

    ``epoch_steps`` are those of an epoch; ``scaled`` says whether losses are scaled, as for fp16.
    """

    def __init__(
        self,
        plan: Plan,
        progress: Progress,
        checkpoints: Checkpoints,
        reporter: Reporter,
        epoch_steps: int,
        *,
        scaled: bool,
    ) -> None:
        self.plan, self.progress, self.scaled = plan, progress, scaled
        self.epoch_steps, self.steps = epoch_steps, epoch_steps * plan.epochs
        self.checkpoints, self.reporter = checkpoints, reporter
        self.unread: list[Step] = []
        self.last_point: Point | None = None
        self.started = self.watched = time.monotonic()
        self.unread_seconds = 0.0  # that the unread steps took
        self.here_steps, self.here_seconds = 0, 0.0  # of this process, for the time left
        self.process = psutil.Process()

    def epoch_done(self) -> float:
        """The epochs that are done, the present one in part."""
        return self.progress.epoch + self.progress.offset / self.epoch_steps

    def took(self, rate: float, samples: int, loss: torch.Tensor, norm: torch.Tensor) -> None:
        """The progress has come one step further."""
        self.here_steps += 1
        self.unread.append(Step(self.progress.step, self.epoch_done(), rate, samples, loss, norm))

    def read(self, scores: Mapping[str, float] | None = None) -> None:
        """Read losses from the device and tell them; ``scores`` join the last step's point.

        Raises TrainingError at the first loss or gradient that is no number.
        """
        losses, norms = self.finite()
        for loss in losses:
            self.progress.losses.see(loss)
        self.watch()
        speed = sum(taken.samples for taken in self.unread) / max(self.unread_seconds, 1e-9)
        points = [
            Point(taken.step, taken.epoch, _values(loss, taken.rate, speed, norm))
            for taken, loss, norm in zip(self.unread, losses, norms, strict=True)
        ]
        if scores is not None:
            step, epoch = self.progress.step, self.epoch_done()
            told = points.pop() if points else self.last_point
            values = dict(told.values) if told is not None and told.step == step else {}
            points.append(Point(step, epoch, values | {f"validation_{name}": value for name, value in scores.items()}))
        for point in points:
            self.reporter.point(point)
        if self.unread:
            self.tell(loss=losses[-1], learning_rate=self.unread[-1].rate, samples_per_second=speed)
        self.last_point = points[-1] if points else self.last_point
        self.unread.clear()
        self.unread_seconds = 0.0

    def watch(self) -> None:
        """Count the time since the last look as that of steps; only after ``finite``, which waits for them.

        A step returns before a graphics card is done with it, so that steps cannot be timed one by one.
        """
        now = time.monotonic()
        took, self.watched = now - self.watched, now
        self.unread_seconds += took
        self.here_seconds += took
        self.progress.step_seconds += took

    def look_away(self) -> None:
        """What happened since the last look was no step."""
        self.watched = time.monotonic()

    def finite(self) -> tuple[list[float], list[float]]:
        """The losses and gradient norms that were not told yet. Raises TrainingError when one is no number."""
        if not self.unread:
            return [], []
        losses = torch.stack([taken.loss for taken in self.unread]).tolist()
        norms = torch.stack([taken.norm.to(taken.loss.device) for taken in self.unread]).tolist()
        for taken, loss, norm in zip(self.unread, losses, norms, strict=True):
            # fp16 meets infinite gradients and skips those steps
            if not (math.isfinite(loss) and (self.scaled or math.isfinite(norm))):
                raise _not_a_number(taken.step, self.plan, self.checkpoints.latest())
        return losses, norms

    def tell(self, **changes: Any) -> None:
        """Where the run is, and these ``changes`` of its progress."""
        progress = self.progress
        self.clock()
        self.reporter.progress(
            epoch=self.epoch_done(),
            epochs=self.plan.epochs,
            step=progress.step,
            steps=self.steps,
            seconds=progress.seconds,
            seconds_left=self._seconds_left(),
            memory_bytes=self.process.memory_info().rss,
            **changes,
        )

    def clock(self) -> float:
        """The seconds of training until now, of all processes of the run together."""
        now = time.monotonic()
        self.progress.seconds += now - self.started
        self.started = now
        return self.progress.seconds

    def _seconds_left(self) -> float | None:
        """From the steps measured so far; everything beside the steps is taken to keep its share of the time."""
        if self.here_steps < 3:
            return None
        besides = max(1.0, self.progress.seconds / max(self.progress.step_seconds, 1e-9))
        return (self.steps - self.progress.step) * self.here_seconds / self.here_steps * besides


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
