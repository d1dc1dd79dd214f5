"""The gradients of one batch, in as many parts as fit into memory."""

import gc
from collections.abc import Sequence

import torch

from workbench.training import batches, memory
from workbench.training.checkpoints import Checkpoints
from workbench.training.precision import Precision
from workbench.training.problem import Problem, Reporter
from workbench.training.rules import Plan
from workbench.training.state import Progress


class Gradients:
    """Adds up a batch's gradients in the parameters; computes half as many rows at once whenever memory runs out."""

    def __init__(
        self,
        problem: Problem,
        plan: Plan,
        progress: Progress,
        checkpoints: Checkpoints,
        reporter: Reporter,
        precision: Precision,
        parameters: Sequence[torch.nn.Parameter],
    ) -> None:
        self.problem, self.plan, self.progress = problem, plan, progress
        self.precision, self.parameters = precision, parameters
        self.checkpoints, self.reporter = checkpoints, reporter

    def of(self, rows: list[int], lengths: Sequence[int]) -> tuple[torch.Tensor, int]:
        """Those of the batch's mean loss; returns the sum of losses and the number of terms.

        Raises TrainingError when memory runs out and that was healed too often.
        """
        while True:
            try:
                return self._of(self._parts(rows, lengths), len(rows))
            except (MemoryError, RuntimeError, OSError) as error:
                if not memory.ran_out(error):
                    raise
            self._halve(rows, lengths)  # not while the error is handled, which holds on to what filled the memory

    def clip(self) -> torch.Tensor:
        """The norm of all gradients, which are made smaller if it is above the plan's limit."""
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        limit = self.plan.gradient_clip
        # On a processor the norm can be looked at for nothing; elsewhere that would wait for the device.
        if limit and (norm.device.type != "cpu" or not norm.item() <= limit):
            torch.nn.utils.clip_grads_with_norm_(self.parameters, limit, norm)
        return norm

    def _of(self, parts: list[list[int]], rows: int) -> tuple[torch.Tensor, int]:
        total, terms = torch.zeros((), device=self.parameters[0].device), 0
        for part in parts:
            batch = self.problem.batch(part, self.progress.epoch)
            with self.precision.context():
                loss, count = self.problem.loss(batch)
            # Divided by rows, since the number of terms is known only after the last part; made good below.
            self.precision.scaler.scale(loss / rows).backward()
            total, terms = total + loss.detach().float(), terms + count
        if terms != rows:
            for parameter in self.parameters:
                if parameter.grad is not None:
                    parameter.grad.mul_(rows / terms)
        return total, terms

    def _parts(self, rows: list[int], lengths: Sequence[int]) -> list[list[int]]:
        return batches.parts(rows, lengths, self.plan.micro_tokens, self.progress.halvings)

    def _halve(self, rows: list[int], lengths: Sequence[int]) -> None:
        """Compute half as many rows at once from now on. Raises TrainingError when that was tried often enough."""
        for parameter in self.parameters:
            parameter.grad = None
        progress, step = self.progress, self.progress.step + 1
        before = max(map(len, self._parts(rows, lengths)))
        if before == 1 or progress.halvings >= memory.HALVINGS:
            last = self.checkpoints.latest()
            raise memory.exhausted(self.plan.device, step, before, last.step if last else None)
        progress.halvings += 1
        gc.collect()
        if self.plan.device.startswith("cuda"):
            torch.cuda.empty_cache()
        now = max(map(len, self._parts(rows, lengths)))
        self.reporter.progress(halvings=progress.halvings)
        self.reporter.event(
            "notice",
            f"Memory ran out at step {step:,}, so that {now} rows instead of {before} are computed at once from here "
            f"on. The model still learns from {self.plan.batch_size} rows a step, in the same order, a little slower.",
        )
