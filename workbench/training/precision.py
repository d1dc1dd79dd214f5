"""The arithmetic of a run: half-length products under autocast, the scaler that fp16 needs, threads and matmul."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from workbench.training.rules import Plan


@contextmanager
def settled(plan: Plan) -> Iterator[None]:
    """Threads and the way of multiplying matrices as the plan says, and as before when the block ends."""
    threads, matmul = torch.get_num_threads(), torch.get_float32_matmul_precision()
    try:
        if plan.threads is not None:
            torch.set_num_threads(plan.threads)
        torch.set_float32_matmul_precision(plan.matmul)
        yield
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(matmul)


@dataclass(frozen=True, slots=True)
class Precision:
    """Autocast and gradient scaling for one plan; fp32 leaves both out."""

    device: str  # the kind: "cpu", "cuda", "mps"
    dtype: torch.dtype | None
    scaler: torch.amp.GradScaler

    def context(self) -> torch.amp.autocast_mode.autocast:
        return torch.autocast(self.device, dtype=self.dtype or torch.bfloat16, enabled=self.dtype is not None)


def build(plan: Plan) -> Precision:
    """The plan's arithmetic. Weights and optimiser states stay fp32 in every case."""
    kind = plan.device.partition(":")[0]
    dtype = {"bf16": torch.bfloat16, "fp16": torch.float16, "fp32": None}[plan.precision]
    scaler = torch.amp.GradScaler(kind, enabled=dtype is torch.float16)
    return Precision(kind, dtype, scaler)
