"""What the one loop trains: a module, samples, a loss; and whom it tells how it goes. Imports no torch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    import torch

Batch = Any  # what collate returns and loss takes: the problem's own business
Control = Literal["pause", "stop", "cancel"]


@dataclass(frozen=True, slots=True)
class Group:
    """Parameters that share a learning rate (``scale`` times the recipe's) and either decay or do not."""

    parameters: "Sequence[torch.nn.Parameter]"
    scale: float = 1.0
    decay: bool = True


class Problem(Protocol):
    """One trainable problem. Rows are numbered 0..n-1 within the training and validation parts."""

    @property
    def module(self) -> "torch.nn.Module": ...

    @property
    def groups(self) -> Sequence[Group]: ...  # what is trained; everything else stays as it is

    def prepare(self, reporter: "Reporter", *, fresh: bool) -> "Control | None":
        """Work before the first step: features, the head's first weights (those only if ``fresh``, not on a resume).

        Returns the control request that cut it short, or None when all is done.
        """
        ...

    def lengths(self, epoch: int) -> Sequence[int]:
        """The length (tokens) of every training sample in this epoch, for bucketing."""
        ...

    def batch(self, rows: Sequence[int], epoch: int) -> Batch:
        """Encode and collate training samples as this epoch draws them: a pure function of its arguments."""
        ...

    def loss(self, batch: Batch) -> "tuple[torch.Tensor, int]":
        """The *sum* of the batch's losses and the number of terms in it, so that batches can be split at will."""
        ...

    def validate(self) -> Mapping[str, float]:
        """Scores on the validation part with the module as it is: ``loss``, the headline metric, others."""
        ...

    @property
    def headline(self) -> tuple[str, bool]: ...  # the key of validate() that chooses the best, higher is better

    def fitted(self) -> Any:
        """The trained model (a tasks.protocol.Fitted) with the module's present weights."""
        ...


@runtime_checkable
class Staged(Problem, Protocol):
    """A problem that is worth judging and keeping as soon as it is prepared, before it learns a step."""

    def set_out(self, reporter: "Reporter") -> "Control | None":
        """Set the weights that learning begins with, also when a run goes on that had made no step.

        Returns the control request that cut it short, or None.
        """
        ...


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the curves; ``values`` has the names that charts and the store use."""

    step: int
    epoch: float
    values: Mapping[str, float]


class Reporter(Protocol):
    """Whom the loop tells. Calls are cheap: the reporter batches and writes in its own time."""

    def point(self, point: Point) -> None: ...

    def progress(self, **changes: Any) -> None:
        """Fields of store.views.RunProgress that changed."""
        ...

    def event(self, kind: str, text: str) -> None: ...

    def control(self) -> Control | None:
        """What the user asked for; polled between steps."""
        ...
