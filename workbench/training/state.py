"""What a run is at one step, taken apart for a checkpoint and put back exactly: weights, optimiser, random numbers."""

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch

from workbench.errors import TrainingError
from workbench.training.checkpoints import Snapshot
from workbench.training.divergence import Divergence
from workbench.training.rules import Plan

FREE_TO_CHANGE = {"checkpoint_steps", "device", "threads", "micro_tokens", "matmul", "precision", "max_minutes"}


@dataclass(slots=True)
class Progress:
    """How far a run has come. ``offset`` counts the batches of the epoch that are done."""

    step: int = 0
    epoch: int = 0
    offset: int = 0
    samples: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0
    best_step: int | None = None
    best_score: float | None = None
    stale: int = 0  # validations since the best
    halvings: int = 0  # how often memory ran out: so often was halved what is computed at once
    losses: Divergence = field(default_factory=Divergence)
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Learning:
    """What a run learns with: its settings, how many training samples it has, and the parts that every step changes."""

    plan: Plan
    seed: int
    rows: int
    module: torch.nn.Module
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler


def snapshot(learning: Learning, progress: Progress, average: Mapping[str, torch.Tensor]) -> Snapshot:
    """Everything that ``restore`` needs, random numbers of this process included, and the weights' ``average``."""
    plain, tensors = optimizer_state(learning.optimizer)
    values = {
        "optimizer": plain,
        "progress": asdict(progress),
        "plan": learning.plan.to_dict(),
        "seed": learning.seed,
        "rows": learning.rows,
        "scaler": learning.scaler.state_dict(),
        "python_random": random.getstate(),
    }
    groups = {
        "model": weights(learning.module),
        "optimizer": tensors,
        "random": random_tensors(learning.plan.device),
    }
    if average:
        groups["average"] = dict(average)
    return Snapshot(progress.step, values, groups)


def restore(learning: Learning, kept: Snapshot) -> Progress:
    """Make everything as it was when ``kept`` was taken. Raises TrainingError when it is of other settings or data."""
    values, tensors = kept.values, kept.tensors
    _refuse_another_run(values, learning)
    load_weights(learning.module, tensors["model"])
    load_optimizer(learning.optimizer, values["optimizer"], tensors["optimizer"])
    learning.scaler.load_state_dict(values["scaler"])
    load_random(values["python_random"], tensors["random"], learning.plan.device)
    seen = values["progress"].get("losses", {})
    return Progress(**{**values["progress"], "losses": Divergence(**seen)})


def seed_everything(seed: int) -> None:
    """Seed the random numbers of Python, NumPy and torch, on every device."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def weights(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Parameters and buffers by name; what is shared under two names comes once, as safetensors wants it."""
    state = module.state_dict().keys()
    named = [*module.named_parameters(), *module.named_buffers()]
    return {name: tensor for name, tensor in named if name in state}


def load_weights(module: torch.nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Copy into the tensors that are there, whose place in memory sums may depend on."""
    with torch.no_grad():
        for name, tensor in weights(module).items():
            tensor.copy_(tensors[name])


def optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    """The optimiser's state as plain values and tensors, both named "<parameter>/<name>"."""
    values: dict[str, Any] = {}
    tensors: dict[str, torch.Tensor] = {}
    for position, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{position}/{name}"] = value
            else:
                values[f"{position}/{name}"] = value
    return values, tensors


def load_optimizer(
    optimizer: torch.optim.Optimizer, values: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]
) -> None:
    """Give an optimiser of the same parameters what ``optimizer_state`` took; its groups keep their settings."""
    state: dict[int, dict[str, Any]] = {}
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for key, value in [*values.items(), *tensors.items()]:
        position, _, name = key.partition("/")
        parameter = parameters[int(position)]
        if isinstance(value, torch.Tensor) and value.shape == parameter.shape:
            # Laid out in memory as its parameter: the fused optimisers walk through both side by side.
            value = torch.empty_like(parameter, dtype=value.dtype, device=value.device).copy_(value)
        state.setdefault(int(position), {})[name] = value.clone() if isinstance(value, torch.Tensor) else value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def random_tensors(device: str) -> dict[str, torch.Tensor]:
    """The states of all generators but Python's; on a graphics card that of the card which the run is on."""
    _, keys, position, has_gauss, gauss = np.random.get_state()
    tensors = {
        "torch": torch.get_rng_state(),
        "numpy_keys": torch.from_numpy(np.asarray(keys).astype(np.int64)),
        "numpy_rest": torch.tensor([float(position), float(has_gauss), float(gauss)], dtype=torch.float64),
    }
    if device.startswith("cuda"):
        tensors["cuda"] = torch.cuda.get_rng_state(device)
    return tensors


def load_random(python: Any, tensors: Mapping[str, torch.Tensor], device: str) -> None:
    """Set all generators: Python's from its state (tuples or JSON's lists), the others from ``random_tensors``."""
    version, internal, gauss = python
    random.setstate((version, tuple(internal), gauss))
    position, has_gauss, cached = tensors["numpy_rest"].tolist()
    keys = tensors["numpy_keys"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, int(position), int(has_gauss), cached))
    torch.set_rng_state(tensors["torch"].clone())
    if "cuda" in tensors and device.startswith("cuda"):
        torch.cuda.set_rng_state(tensors["cuda"].clone(), device)


def _refuse_another_run(values: Mapping[str, Any], learning: Learning) -> None:
    before = {**Plan(method="full").to_dict(), **values["plan"], "seed": values["seed"], "rows": values["rows"]}
    now = {**learning.plan.to_dict(), "seed": learning.seed, "rows": learning.rows}
    changed = [key for key in now if key not in FREE_TO_CHANGE and now[key] != before.get(key)]
    if changed:
        key = changed[0]
        raise TrainingError(
            f"the checkpoint was made with {key} {before.get(key)}, and the run now has {now[key]}",
            remedy="Continue with the settings and data of the start, or begin a new run.",
        )
