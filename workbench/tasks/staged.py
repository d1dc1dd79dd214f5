"""A small layer that is useful at once, and then everything learns: what the loop trains for the method staged."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.tasks.head_problem import HeadProblem
from workbench.training.problem import Batch, Control, Group, Problem, Reporter

if TYPE_CHECKING:
    import torch


MANY_LABELS = 3  # from which learning that began at the solution ended lower than from means; with two, higher


class StagedProblem:
    """``rest``, whose network begins as the one that ``head`` has solved; the loop judges and keeps it as that.

    Learning then sets out from the labels' mean features, or from the solution where there are two labels
    (docs/training.md).
    """

    def __init__(self, head: HeadProblem, rest: Problem) -> None:
        self.head, self.rest = head, rest

    @property
    def module(self) -> "torch.nn.Module":
        return self.rest.module

    @property
    def groups(self) -> Sequence[Group]:
        return self.rest.groups

    @property
    def headline(self) -> tuple[str, bool]:
        return self.rest.headline

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        return self.rest.prepare(reporter, fresh=False) or (self.head.prepare(reporter, fresh=True) if fresh else None)

    def set_out(self, reporter: Reporter) -> Control | None:
        """Before the first step, also of a run that was ended before it: the weights that learning begins with."""
        if self.head.module.out_features >= MANY_LABELS:
            return self.head.start_from_means(reporter)
        self.head.features = []  # they have served
        return None

    def lengths(self, epoch: int) -> Sequence[int]:
        return self.rest.lengths(epoch)

    def batch(self, rows: Sequence[int], epoch: int) -> Batch:
        return self.rest.batch(rows, epoch)

    def loss(self, batch: Batch) -> "tuple[torch.Tensor, int]":
        return self.rest.loss(batch)

    def validate(self) -> Mapping[str, float]:
        return self.rest.validate()

    def fitted(self) -> Any:
        return self.rest.fitted()
