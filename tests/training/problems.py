"""A problem small enough for hundreds of runs: points in the plane, a network with dropout, noise drawn by epoch."""

import random
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from workbench.training.problem import Group
from workbench.training.rules import Plan

ROWS = 37  # no multiple of the batch size, so that one batch is smaller


class Points:
    headline = ("accuracy", True)

    def __init__(self, seed: int = 0, rows: int = ROWS, poison: tuple[int, int] | None = None, slow=None) -> None:
        draw = np.random.default_rng(0)
        self.x = torch.from_numpy(draw.normal(size=(rows, 4)).astype(np.float32))
        self.y = (self.x[:, 0] + self.x[:, 1] > 0).long()
        self.held_out = torch.from_numpy(draw.normal(size=(50, 4)).astype(np.float32))
        self.poison = poison  # (epoch, row) whose loss is no number
        self.prepared: list[bool] = []
        self.slow = slow or {}  # seconds that "prepare", "lengths" or "validate" take at least
        torch.manual_seed(seed)
        self.module = torch.nn.Sequential(
            torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Dropout(0.3), torch.nn.Linear(16, 2)
        )
        self.groups = [
            Group([p for p in self.module.parameters() if p.ndim > 1]),
            Group([p for p in self.module.parameters() if p.ndim == 1], scale=3.0, decay=False),
        ]

    def prepare(self, reporter, *, fresh):
        self._wait("prepare")
        self.prepared.append(fresh)

    def lengths(self, epoch):
        self._wait("lengths")
        return [1 + (row * 7 + epoch) % 13 for row in range(len(self.y))]

    def batch(self, rows, epoch):
        noise = [[random.Random(f"{epoch}/{row}/{i}").gauss(0, 0.3) for i in range(4)] for row in rows]
        x = self.x[list(rows)] + torch.tensor(noise)
        if self.poison and self.poison[0] == epoch and self.poison[1] in rows:
            x = x * float("nan")
        return x, self.y[list(rows)]

    def loss(self, batch):
        x, y = batch
        return cross_entropy(self.module(x), y, reduction="sum"), len(y)

    def validate(self):
        self._wait("validate")
        truth = (self.held_out[:, 0] + self.held_out[:, 1] > 0).long()
        scores = self.module(self.held_out)
        return {
            "loss": cross_entropy(scores, truth).item(),
            "accuracy": (scores.argmax(1) == truth).double().mean().item(),
        }

    def fitted(self):
        return self.module

    def _wait(self, what):
        time.sleep(self.slow.get(what, 0.0))

    def weights(self):
        return {name: value.clone() for name, value in self.module.state_dict().items()}


@dataclass
class Watcher:
    """A reporter that remembers, and asks for something when ``step`` steps were told or polled."""

    ask: str | None = None
    after: int = 0
    kill: bool = False
    polls: int = 0
    points: list = field(default_factory=list)
    events: list = field(default_factory=list)
    changes: dict = field(default_factory=dict)

    def point(self, point):
        self.points.append(point)

    def progress(self, **changes):
        self.changes |= changes

    def event(self, kind, text):
        self.events.append((kind, text))

    def control(self):
        self.polls += 1
        if self.polls > self.after and self.kill:
            raise Killed
        return self.ask if self.polls > self.after else None


class Killed(BaseException):
    """The process is gone: nothing that comes after runs."""


def plan(**changes) -> Plan:
    values = {"method": "full", "epochs": 3, "batch_size": 8, "learning_rate": 0.01, "threads": 1} | changes
    return Plan(**values)


def same(left, right) -> bool:
    return left.keys() == right.keys() and all(torch.equal(left[name], right[name]) for name in left)
