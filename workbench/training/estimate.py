"""What a training will take on this machine, from a few measured steps: seconds, memory and disk, before it starts.

The web process reads estimates, so torch is imported by ``measure`` alone.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from workbench.artefacts import folders
from workbench.training import batches
from workbench.training.problem import Control, Point, Problem
from workbench.training.rules import MULTIPLE, Plan

SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the batches by length, from the longest to the shortest
REPEATS = 2
SAVE_SECONDS = 60.0  # between checkpoints within an epoch, as in the loop
HEAD_SECONDS = 3.0  # the small layer's own training, whatever the data
PREPARE_SECONDS = 6.0  # after which the work before the first step is predicted, not done
VALIDATE_SECONDS = 5.0  # likewise
KEPT = 5  # checkpoints at once: the last three, the best, and the one being written


@dataclass(frozen=True, slots=True)
class Estimate:
    """Predicted seconds: before the first step (``start``), of an ``epoch`` with its validation and its checkpoints,
    after the last (``end``), and of the ``features`` of all rows, of which a head is made.

    Peaks are resident bytes of the whole process; ``checkpoint`` and ``model`` are bytes on the disk. ``halvings`` says
    how often half as many rows had to be computed at once before it fitted into memory. ``method`` is the one that the
    recipe asks for.
    """

    method: str
    start: float
    epoch: float
    end: float
    features: float
    full_peak: int
    head_peak: int
    checkpoint: int
    model: int
    epochs: int
    rows: int
    halvings: int = 0

    @property
    def seconds(self) -> float:
        """Of the recipe's method, as are ``memory_bytes`` and ``disk_bytes``."""
        if self.method == "head":
            return self._before + self.end
        return self._before + self.epochs * self.epoch + self.end

    @property
    def epoch_ends(self) -> tuple[float, ...]:
        """Seconds from the start to the end of each epoch; none where epochs take no time of note."""
        if self.method == "head" or not self.epoch:
            return ()
        return tuple(self._before + number * self.epoch for number in range(1, self.epochs + 1))

    @property
    def memory_bytes(self) -> int:
        return self.head_peak if self.method == "head" else self.full_peak

    @property
    def disk_bytes(self) -> int:
        """The most that lies on the disk at once: checkpoints, then the model beside them."""
        if self.method == "head":
            return self.model
        saves = min(KEPT, self.epochs * saves_in(self.epoch)) if self.epoch else 0
        return max(saves * self.checkpoint, min(saves, KEPT - 1) * self.checkpoint + self.model)

    @property
    def _before(self) -> float:
        """Seconds before the first step of all that learns; a small layer is solved before."""
        return self.start + (self.features + HEAD_SECONDS if self.method in ("head", "staged") else 0.0)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Estimate":
        """Raises TypeError or ValueError when ``text`` is no estimate."""
        return cls(**json.loads(text))

    def under(self, method: str, epochs: int) -> "Estimate":
        """The same measurement for another method and number of epochs."""
        return replace(self, method=method, epochs=epochs)


def saves_in(epoch: float) -> int:
    """Checkpoints that an epoch of so many seconds makes: at its end, and every minute."""
    return 1 + int(epoch // SAVE_SECONDS)


def measure(problem: Problem, plan: Plan, *, held_out: int, room: Path, halvings: int = 0) -> Estimate:
    """Run a few real steps of ``problem`` on batches of several lengths, validate and save once, and predict the rest.

    ``held_out`` counts the validation rows; ``room`` is a folder for what is saved. With ``halvings`` fewer rows are
    computed at once, as in a run. Weights are changed: do not use the problem afterwards. Memory is that of this
    process so far, so that a fresh one gives the truest figure.
    """
    from workbench.training import precision

    with precision.settled(plan):
        preparing = _prepare(problem)
        lengths = problem.lengths(0)
        order = sorted(
            batches.order(lengths, plan.batch_size, seed=0, epoch=0), key=lambda rows: _tokens(lengths, rows, plan)
        )
        tokens = [_tokens(lengths, rows, plan) for rows in order]
        chosen = list(dict.fromkeys(round(share * (len(order) - 1)) for share in SHARES))
        step = _Steps(problem, plan, halvings)
        sizes = [tokens[at] for at in chosen]
        forward = _fit(sizes, [_seconds(step.forward, order[at]) for at in chosen])
        head_peak = peak()
        whole = _fit(sizes, [_seconds(step.learn, order[at]) for at in chosen])
        through = sum(forward(size) for size in tokens)  # once forward through all training rows
        validation = through * held_out / max(len(lengths), 1)
        validation = step.validate() if validation < VALIDATE_SECONDS else validation
        saving, checkpoint = step.save(room / "checkpoints")
    learning = sum(whole(size) for size in tokens) + validation
    features = through + validation
    averaged = 4 * sum(parameter.numel() for parameter in step.parameters) if plan.ema else 0
    return Estimate(
        method=plan.method,
        start=features if preparing is None else preparing,
        epoch=learning + saves_in(learning) * saving,
        end=validation,
        features=features,
        full_peak=peak() + averaged,
        head_peak=head_peak,
        checkpoint=checkpoint + averaged,
        model=sum(tensor.nbytes for tensor in problem.module.state_dict().values()),
        epochs=plan.epochs,
        rows=len(lengths),
        halvings=halvings,
    )


def _prepare(problem: Problem) -> float | None:
    """Seconds of the work before the first step; None when it takes longer than anybody waits for a measurement."""
    reporter = _Impatient(time.perf_counter() + PREPARE_SECONDS)
    start = time.perf_counter()
    return None if problem.prepare(reporter, fresh=True) else time.perf_counter() - start


class _Impatient:
    """A reporter whom nobody listens to, and who asks to end at the second ``until``."""

    def __init__(self, until: float) -> None:
        self._until = until

    def point(self, point: Point) -> None: ...

    def progress(self, **changes: Any) -> None: ...

    def event(self, kind: str, text: str) -> None: ...

    def control(self) -> Control | None:
        return "cancel" if time.perf_counter() > self._until else None


class _Steps:
    """One step as the loop makes it, with and without learning."""

    def __init__(self, problem: Problem, plan: Plan, halvings: int) -> None:
        from workbench.training import optimisers, precision

        self.problem, self.plan, self.limit = problem, plan, plan.gradient_clip or math.inf
        self.micro_tokens, self.halvings = plan.micro_tokens, halvings
        self.optimizer = optimisers.build(problem.groups, plan)
        self.parameters = [parameter for group in problem.groups for parameter in group.parameters]
        self.precision = precision.build(plan)
        problem.module.train()

    def forward(self, rows: Sequence[int]) -> None:
        import torch

        with torch.no_grad(), self.precision.context():
            for part in batches.parts(list(rows), self.problem.lengths(0), None, self.halvings):
                self.problem.loss(self.problem.batch(part, 0))[0].item()

    def learn(self, rows: Sequence[int]) -> None:
        from torch.nn.utils import clip_grad_norm_

        for part in batches.parts(list(rows), self.problem.lengths(0), self.micro_tokens, self.halvings):
            with self.precision.context():
                loss, _ = self.problem.loss(self.problem.batch(part, 0))
            (loss / len(rows)).backward()
        clip_grad_norm_(self.parameters, self.limit)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        loss.item()

    def validate(self) -> float:
        """Seconds of a validation."""
        import torch

        self.problem.module.eval()
        start = time.perf_counter()
        with torch.no_grad(), self.precision.context():
            self.problem.validate()
        self.problem.module.train()
        return time.perf_counter() - start

    def save(self, root: Path) -> tuple[float, int]:
        """Seconds and bytes of a checkpoint."""
        from workbench.training import state
        from workbench.training.checkpoints import Checkpoints

        rows = len(self.problem.lengths(0))
        learning = state.Learning(self.plan, 0, rows, self.problem.module, self.optimizer, self.precision.scaler)
        start = time.perf_counter()
        name = Checkpoints(root).save(state.snapshot(learning, state.Progress(), {}), best=True)
        return time.perf_counter() - start, folders.size(root / name)


def _tokens(lengths: Sequence[int], rows: Sequence[int], plan: Plan) -> int:
    longest = max(lengths[row] for row in rows)
    return len(rows) * batches.padded(longest, multiple=MULTIPLE, limit=plan.max_length)


def _seconds(work: Callable[[Sequence[int]], None], rows: Sequence[int]) -> float:
    """The median of a few runs after a first one, which pays for memory and kernels."""
    work(rows)
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work(rows)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def _fit(sizes: Sequence[int], seconds: Sequence[float]) -> Callable[[int], float]:
    """Seconds by size, straight lines between what was measured; a batch between two sizes lies between their times."""
    at = np.argsort(sizes)
    x, y = np.asarray(sizes, dtype=float)[at], np.asarray(seconds)[at]
    return lambda size: float(np.interp(size, x, y))


def peak() -> int:
    """Bytes of this process's resident memory at the highest so far."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, others kilobytes
