"""What a training will take on this machine, from a few measured steps: seconds, memory and disk, before it starts.

The web process reads estimates, so torch is imported by ``measure`` alone.
"""

import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import psutil

from workbench.training import batches
from workbench.training.problem import Problem
from workbench.training.rules import MULTIPLE, Plan

SHARES = (1.0, 0.5, 0.0)  # of the batches by length: the longest, the middle one, the shortest
REPEATS = 3
HEAD_SECONDS = 3.0  # the small layer's own training, whatever the data
KEPT = 5  # checkpoints at once: the last three, the best, and the one being written


@dataclass(frozen=True, slots=True)
class Estimate:
    """Predicted seconds of method full, of method head, and of the features alone (which head contains).

    Peaks are resident bytes of the whole process; ``disk`` are the most bytes that checkpoints and the finished
    model need. ``full`` was predicted for ``epochs`` epochs; ``method`` is the one that the recipe asks for.
    """

    method: str
    full: float
    head: float
    features: float
    full_peak: int
    head_peak: int
    full_disk: int
    head_disk: int
    epochs: int
    rows: int

    @property
    def seconds(self) -> float:
        """Of the recipe's method, as are ``memory_bytes`` and ``disk_bytes``."""
        return self.head if self.method == "head" else self.full

    @property
    def memory_bytes(self) -> int:
        return self.head_peak if self.method == "head" else self.full_peak

    @property
    def disk_bytes(self) -> int:
        return self.head_disk if self.method == "head" else self.full_disk

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Estimate":
        """Raises TypeError or ValueError when ``text`` is no estimate."""
        return cls(**json.loads(text))

    def under(self, method: str, epochs: int) -> "Estimate":
        """The same measurement for another method and number of epochs."""
        return replace(self, method=method, full=self.full * epochs / self.epochs, epochs=epochs)


def measure(problem: Problem, plan: Plan, *, held_out: int) -> Estimate:
    """Run a few real steps of ``problem`` (one of method full) on batches of several lengths, and predict the rest.

    ``held_out`` counts the validation rows. Weights are changed: do not use the problem afterwards. Memory is that of
    this process so far, so that a fresh one gives the truest figure.
    """
    from workbench.training import precision

    with precision.settled(plan):
        lengths = problem.lengths(0)
        order = sorted(
            batches.order(lengths, plan.batch_size, seed=0, epoch=0), key=lambda rows: _tokens(lengths, rows, plan)
        )
        tokens = [_tokens(lengths, rows, plan) for rows in order]
        chosen = list(dict.fromkeys(round(share * (len(order) - 1)) for share in SHARES))
        step = _Steps(problem, plan)
        sizes = [tokens[at] for at in chosen]
        forward = _fit(sizes, [_seconds(step.forward, order[at]) for at in chosen])
        head_peak = _peak()
        whole = _fit(sizes, [_seconds(step.learn, order[at]) for at in chosen])
    through = sum(forward(size) for size in tokens)  # once forward through all training rows
    validation = through * held_out / max(len(lengths), 1)
    stored = 4 * sum(tensor.numel() for tensor in problem.module.state_dict().values())
    learning = 4 * sum(parameter.numel() for group in problem.groups for parameter in group.parameters)
    averaged = learning if plan.ema else 0
    return Estimate(
        method=plan.method,
        full=plan.epochs * (sum(whole(size) for size in tokens) + validation),
        head=through + validation + HEAD_SECONDS,
        features=through + validation,
        full_peak=_peak() + averaged,
        head_peak=head_peak,
        full_disk=KEPT * (stored + 2 * learning + averaged) + stored,
        head_disk=stored,
        epochs=plan.epochs,
        rows=len(lengths),
    )


class _Steps:
    """One step as the loop makes it, with and without learning."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        from workbench.training import optimisers, precision

        self.problem, self.limit = problem, plan.gradient_clip or math.inf
        self.micro_tokens = plan.micro_tokens
        self.optimizer = optimisers.build(problem.groups, plan)
        self.parameters = [parameter for group in problem.groups for parameter in group.parameters]
        self.precision = precision.build(plan)
        problem.module.train()

    def forward(self, rows: Sequence[int]) -> None:
        import torch

        with torch.no_grad(), self.precision.context():
            self.problem.loss(self.problem.batch(rows, 0))[0].item()

    def learn(self, rows: Sequence[int]) -> None:
        from torch.nn.utils import clip_grad_norm_

        for part in batches.parts(list(rows), self.problem.lengths(0), self.micro_tokens):
            with self.precision.context():
                loss, _ = self.problem.loss(self.problem.batch(part, 0))
            (loss / len(rows)).backward()
        clip_grad_norm_(self.parameters, self.limit)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        loss.item()


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


def _peak() -> int:
    """Bytes of resident memory at the highest so far."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, others kilobytes
