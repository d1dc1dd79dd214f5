"""The running average of a module's weights (EMA), which is validated and kept in place of the weights themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch

from workbench.training import state


class Average:
    """Follows what a module learns: parameters with gradients, and statistics such as those of normalising layers.

    After step t it keeps min(decay, (1 + t) / (10 + t)) of itself, so that the first steps, far from where training
    ends, are soon forgotten (as tf.train.ExponentialMovingAverage does). With a decay of 0 it is empty and changes
    nothing.
    """

    def __init__(self, module: torch.nn.Module, decay: float) -> None:
        self.module, self.decay = module, decay
        self.tensors: dict[str, torch.Tensor] = {}

    def begin(self, kept: Mapping[str, torch.Tensor]) -> None:
        """Start from the module's present weights, or from what a checkpoint ``kept``."""
        if self.decay:
            self.tensors = {name: tensor.detach().clone() for name, tensor in self._followed().items()}
            for name, tensor in kept.items():
                self.tensors[name].copy_(tensor)

    def follow(self, step: int) -> None:
        """Take in the weights after ``step`` (the first is 1)."""
        if self.tensors:
            kept = min(self.decay, (1 + step) / (10 + step))
            present = [tensor.detach() for tensor in self._followed().values()]
            torch._foreach_lerp_(list(self.tensors.values()), present, 1 - kept)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """The module with averaged weights, and as it was when the block ends."""
        before = {name: tensor.detach().clone() for name, tensor in self._followed().items()} if self.tensors else {}
        self.settle()
        try:
            yield
        finally:
            self._put(before)

    def settle(self) -> None:
        """Leave the averaged weights in the module."""
        self._put(self.tensors)

    def _put(self, tensors: Mapping[str, torch.Tensor]) -> None:
        followed = self._followed()
        with torch.no_grad():
            for name, tensor in tensors.items():
                followed[name].copy_(tensor)

    def _followed(self) -> dict[str, torch.Tensor]:
        learning = {name for name, parameter in self.module.named_parameters() if parameter.requires_grad}
        buffers = {name for name, buffer in self.module.named_buffers() if buffer.is_floating_point()}
        return {name: tensor for name, tensor in state.weights(self.module).items() if name in learning | buffers}
