"""What this computer's processor does fastest, measured once in under two seconds and kept. Imports no torch."""

import hashlib
import json
import os
import platform
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

EXACT = 1e-5  # relative error up to which a faster product of fp32 matrices still counts as fp32
WORTH = 1.15  # a less exact way must be this much faster to be taken
VALID_SECONDS = 7 * 86_400  # a measurement is repeated after a week,
BUSY_SECONDS = 3_600  # or after an hour if the machine was busy with other work at the time
SHAPE = (512, 384, 1536)  # rows, inputs and outputs of the product: a feed-forward layer of a small encoder


@dataclass(frozen=True, slots=True)
class Machine:
    """Measured speeds (10^9 operations a second, one thread) and errors relative to exact products.

    ``speedup`` is that of all ``threads`` together over one thread, for the fastest way. ``load`` is the share of the
    cores that other work took just before, ``measured_at`` the time (seconds since 1970).
    """

    fp32: float
    medium: float
    medium_error: float
    bf16: float
    bf16_error: float
    cores: int
    threads: int
    speedup: float
    load: float = 0.0
    measured_at: float = 0.0

    @property
    def busy(self) -> bool:
        return self.load > 0.25

    @property
    def matmul(self) -> str:
        """ "medium" where it is faster and just as exact, else "highest" (torch.set_float32_matmul_precision)."""
        faster = self.medium >= WORTH * self.fp32
        return "medium" if faster and self.medium_error <= EXACT else "highest"

    @property
    def matmul_reason(self) -> str:
        if self.matmul == "medium":
            return f"{self.medium / self.fp32:.1f} times faster here, and just as exact."
        if self.medium >= WORTH * self.fp32:
            return "The faster way rounds its numbers on this processor, so exact arithmetic stays exact."
        return "The faster way gains nothing on this processor."

    @property
    def precision(self) -> str:
        """ "bf16" where multiplying it beats the best exact way clearly, else "fp32"."""
        exact = self.medium if self.matmul == "medium" else self.fp32
        return "bf16" if self.bf16 >= WORTH * exact else "fp32"

    @property
    def precision_reason(self) -> str:
        exact = self.medium if self.matmul == "medium" else self.fp32
        if self.precision == "bf16":
            return (
                f"This processor multiplies half-length numbers (bf16) {self.bf16 / exact:.1f} times faster; the "
                "weights themselves are kept exact, and results are as good."
            )
        return "Half-length numbers (bf16) are not faster on this processor, so exact arithmetic is used."

    @property
    def threads_reason(self) -> str:
        when = "while other work ran on this computer" if self.busy else "when this was measured"
        if self.threads == 1:
            return f"One core: more of them were not faster {when}."
        return f"{self.threads} of {self.cores} cores: {self.speedup:.1f} times as fast as one {when}."


def known(cache: Path) -> Machine | None:
    """What an earlier measurement on this machine, with these versions, found; None if there is none, or it is old.

    A measurement on a busy machine holds for an hour, others for a week. A run keeps the plan that it began with.
    """
    try:
        machine = Machine(**json.loads(_file(cache).read_text(encoding="utf-8")))
        age = time.time() - machine.measured_at
        return machine if 0 <= age <= (BUSY_SECONDS if machine.busy else VALID_SECONDS) else None
    except (OSError, ValueError, TypeError):
        return None


def measured(cache: Path) -> Machine:
    """The known machine, measured first if need be. Imports torch: for workers, not for the web process."""
    machine = known(cache)
    if machine is None:
        load = _load()
        machine = replace(probe(), load=load, measured_at=time.time())
        cache.mkdir(parents=True, exist_ok=True)
        staged = cache / f".machine-{uuid.uuid4().hex}"
        staged.write_text(json.dumps(asdict(machine)), encoding="utf-8")
        staged.replace(_file(cache))
    return machine


def probe() -> Machine:
    """Measure now. Leaves torch's settings as they were."""
    import torch

    rows, inputs, outputs = SHAPE
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(rows, inputs, generator=generator)
    right = torch.randn(outputs, inputs, generator=generator)
    exact = left.double() @ right.double().T
    left_half, right_half = left.bfloat16(), right.bfloat16()
    operations = 2 * rows * inputs * outputs

    def plain() -> Any:
        return torch.nn.functional.linear(left, right)

    def half() -> Any:
        return torch.nn.functional.linear(left_half, right_half)

    def error(found: Any) -> float:
        return float((found.double() - exact).norm() / exact.norm())

    threads, matmul = torch.get_num_threads(), torch.get_float32_matmul_precision()
    try:
        torch.set_num_threads(1)
        torch.set_float32_matmul_precision("highest")
        fp32 = _rate(plain, operations)
        torch.set_float32_matmul_precision("medium")
        medium, medium_error = _rate(plain, operations), error(plain())
        bf16, bf16_error = _rate(half, operations), error(half())
        torch.set_float32_matmul_precision("highest")
        best, single, fastest = (half, bf16, bf16) if bf16 > fp32 else (plain, fp32, fp32)
        chosen, count = 1, 2
        while count <= cores:
            torch.set_num_threads(count)
            rate = _rate(best, operations)
            if rate >= WORTH * fastest:
                chosen, fastest = count, rate
            count *= 2
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(matmul)
    return Machine(fp32, medium, medium_error, bf16, bf16_error, cores, chosen, fastest / single)


def _load() -> float:
    """The share of all cores that is in use now."""
    import psutil

    return float(psutil.cpu_percent(interval=0.2)) / 100


def _rate(product: Callable[[], Any], operations: int) -> float:
    """The best of a few rounds within 0.1 s, in 10^9 operations a second: noise only ever makes it slower."""
    product()
    best, end = float("inf"), time.perf_counter() + 0.1
    while time.perf_counter() < end:
        start = time.perf_counter()
        product()
        best = min(best, time.perf_counter() - start)
    return operations / best / 1e9


def _file(cache: Path) -> Path:
    """One file a machine and version: what was measured elsewhere, or with another torch, is not believed."""
    marks = (platform.node(), platform.machine(), _processor(), os.cpu_count(), version("torch"), SHAPE)
    return cache / f"machine-{hashlib.sha256(repr(marks).encode()).hexdigest()[:16]}.json"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
