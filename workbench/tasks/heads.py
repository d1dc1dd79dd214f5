"""The layer on top of a pretrained network: where it starts, and how well it does."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.training.problem import Group

if TYPE_CHECKING:
    import torch

Price = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]  # of scores, and what is right: losses
SCALE = 10.0  # the new layer learns at ten times the rate of the pretrained part
PROTOTYPE_ROWS = 100  # samples a label whose mean starts the head: a forward pass over these is enough
STRENGTHS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0)  # how far from zero a solved head may go; validation rows choose
USUAL_STRENGTH = 0.3  # where there are none
SOLVED_ROWS = 20_000  # more features hardly move the solution, and cost time


def groups(
    encoder: "torch.nn.Module", head: "torch.nn.Module", layer_decay: float = 1.0, scale: float = 1.0
) -> list[Group]:
    """All that learns: the encoder at ``scale`` times the recipe's rate, the head at ``SCALE`` times it; biases and
    norms decay not. With ``layer_decay`` every block learns at that share of the rate of the block above it."""
    from workbench.networks import blocks

    levels = [list(encoder.parameters())] if layer_decay == 1 else blocks.by_depth(encoder)
    paces = [scale * layer_decay**above for above in reversed(range(len(levels)))]
    parts = [*zip(levels, paces, strict=True), (list(head.parameters()), SCALE)]
    return [group for weights, pace in parts for group in _two(weights, pace)]


def _two(weights: "Sequence[torch.nn.Parameter]", scale: float) -> list[Group]:
    """Those of them that learn and decay, and those that learn without, where there are any."""
    learning = [weight for weight in weights if weight.requires_grad]
    decaying = [weight for weight in learning if weight.ndim > 1]
    steady = [weight for weight in learning if weight.ndim <= 1]
    pairs = ((decaying, True), (steady, False))
    return [Group(some, scale, decay) for some, decay in pairs if some]


def validation(scores: NDArray[np.float32], truth: NDArray[np.int64]) -> dict[str, float]:
    """Loss, accuracy and macro-F1 of label scores on validation rows; nothing when there are none."""
    from workbench.evaluate.classification import quick

    if not len(truth):
        return {}
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(truth)), truth]
    return {"loss": float(losses.mean()), **quick(truth, scores.argmax(axis=1), scores.shape[1])}


def first_of_each(labels: NDArray[np.int64], most: int, seed: int) -> list[int]:
    """At most ``most`` rows a label, drawn by ``seed``, in ascending order."""
    drawn = np.random.default_rng(seed).permutation(len(labels))
    chosen = [drawn[labels[drawn] == label][:most] for label in np.unique(labels)]
    return sorted(int(row) for row in np.concatenate(chosen))


def start_from_means(head: "torch.nn.Linear", features: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    """Set each label's weights to the mean of its features, less what all labels have in common, at length 1; those of
    a label that no row has, as tags may be, to 0."""
    import torch

    present = np.unique(labels)
    means = np.stack([features[labels == label].mean(axis=0) for label in present])
    means -= means.mean(axis=0)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    with torch.no_grad():
        head.weight.zero_()
        head.weight[torch.from_numpy(present)] = torch.from_numpy(means.astype(np.float32)).to(head.weight.device)
        head.bias.zero_()


def start_from_solution(
    head: "torch.nn.Linear",
    inputs: NDArray[np.float32],
    labels: NDArray[Any],
    strengths: Sequence[float],
    loss: Callable[[], float],
    price: Price,
) -> None:
    """Set the head to the solution of its problem, regularised in the way that has the least ``loss``.

    ``inputs`` are what the head reads, (rows, width); ``price`` is what a wrong label, or number, costs.

    All features point much the same way, so that small steps take very long to reach what solving finds at once:
    macro-F1 .956 against .965 on SMS spam, .930 against .949 on 1,000 rows of it (docs/training.md). Every strength
    starts from the solution of the last one.
    """
    import torch

    given, truth = torch.from_numpy(inputs).double(), torch.from_numpy(labels)
    weight = torch.zeros(head.weight.shape, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(head.bias.shape, dtype=torch.float64, requires_grad=True)
    best, kept = math.inf, (head.weight.detach().clone(), head.bias.detach().clone())
    for strength in strengths:
        _solve(weight, bias, given, truth, strength, price)
        with torch.no_grad():
            head.weight.copy_(weight)
            head.bias.copy_(bias)
        found = loss()
        if found < best:
            best, kept = found, (head.weight.detach().clone(), head.bias.detach().clone())
    with torch.no_grad():
        head.weight.copy_(kept[0])
        head.bias.copy_(kept[1])


def _solve(
    weight: "torch.Tensor",
    bias: "torch.Tensor",
    inputs: "torch.Tensor",
    truth: "torch.Tensor",
    strength: float,
    price: Price,
) -> None:
    """Logistic regression whose weights are pulled to zero as a prior of variance ``strength``, by L-BFGS, in place."""
    import torch
    from torch.nn.functional import linear

    solver = torch.optim.LBFGS([weight, bias], max_iter=100, history_size=20, line_search_fn="strong_wolfe")

    def objective() -> torch.Tensor:
        solver.zero_grad()
        wrong = price(linear(inputs, weight, bias), truth).mean()
        loss = wrong + weight.square().sum() / (2 * strength * len(truth))
        loss.backward()
        return loss

    solver.step(objective)
