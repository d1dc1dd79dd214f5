"""The optimisers that a recipe can name."""

from collections.abc import Sequence

import torch

from workbench.training.problem import Group
from workbench.training.rules import Plan


def build(groups: Sequence[Group], plan: Plan) -> torch.optim.Optimizer:
    """The plan's optimiser; each group keeps its factor under ``scale``, for the schedule to use."""
    parameters = [
        {
            "params": list(group.parameters),
            "lr": plan.learning_rate * group.scale,
            "scale": group.scale,
            "weight_decay": plan.weight_decay if group.decay else 0.0,
        }
        for group in groups
    ]
    match plan.optimizer:
        case "adamw":  # fused: 5-10 % of a step faster than the loop over parameters
            return torch.optim.AdamW(parameters, lr=plan.learning_rate, fused=True)
        case "adam":
            return torch.optim.Adam(parameters, lr=plan.learning_rate, fused=True)
        case "sgd":
            return torch.optim.SGD(parameters, lr=plan.learning_rate)
        case "momentum":
            return torch.optim.SGD(parameters, lr=plan.learning_rate, momentum=0.9)
        case "rmsprop":
            return torch.optim.RMSprop(parameters, lr=plan.learning_rate, alpha=0.99)
    raise ValueError(f"no optimiser is called {plan.optimizer!r}")  # the recipe admits none other
