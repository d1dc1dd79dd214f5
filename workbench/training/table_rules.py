"""What every "auto" becomes for a network that learns tables from nothing, and why. Imports no torch.

The numbers come from five folds of wine, breast cancer and diabetes (docs/training.md).
"""

import math
from collections.abc import Mapping

from workbench.recipe import Training
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

FEW_ROWS, SOME_ROWS, MANY_ROWS = 2_000, 20_000, 200_000
STEPS = 4_500  # after which larger tables have been learned; small ones are seen MOST_EPOCHS times
LEAST_STEPS = 320  # without which very small tables have not been learned
MOST_EPOCHS, LEAST_EPOCHS = 40, 3  # of larger ones


def choose(training: Training, rows: int, device: str, machine: Machine | None = None) -> Mapping[str, Fact]:
    """Every training key with its value and reason, for so many training rows; there is but one method, since the
    network knows nothing beforehand."""
    batch = _batch_size(training, rows)
    facts = {
        "epochs": _epochs(training, rows, batch.value),
        "batch_size": batch,
        "learning_rate": _learning_rate(training, batch.value),
    }
    facts |= rules.common(training, device, machine)
    if training.precision == "auto":
        facts["precision"] = Fact("fp32", "The network is so small that exact arithmetic costs nothing.")
    if device == "cpu":
        facts["threads"] = Fact(1, "Layers this small are done sooner by one core than shared among several.")
    facts["micro_tokens"] = Fact(None, "A batch of rows is small enough to be computed at once.")
    return facts


def _batch_size(training: Training, rows: int) -> Fact:
    if training.batch_size != "auto":
        return rules.chosen(training.batch_size)
    if rows < FEW_ROWS:
        return Fact(32, "With few rows, small batches give the network more steps to learn in.")
    size = 128 if rows < SOME_ROWS else 256 if rows < MANY_ROWS else 1024
    return Fact(
        size, f"With {rows:,} rows there are steps enough, and {size} rows at a time are quicker than one by one."
    )


def _epochs(training: Training, rows: int, batch_size: int) -> Fact:
    if training.epochs != "auto":
        return rules.chosen(training.epochs)
    steps = max(1, math.ceil(rows / batch_size))  # an epoch
    most = max(MOST_EPOCHS, min(5 * MOST_EPOCHS, math.ceil(LEAST_STEPS / steps)))
    epochs = max(LEAST_EPOCHS, min(most, math.ceil(STEPS / steps)))
    if epochs == most:
        return Fact(epochs, f"Your {rows:,} rows are seen {epochs} times; more would be learning them by heart.")
    return Fact(epochs, f"With {rows:,} rows, {epochs} times through them make the steps that the network needs.")


def _learning_rate(training: Training, batch_size: int) -> Fact:
    rate = 0.0005 if batch_size <= 32 else 0.001 if batch_size <= 256 else 0.002
    return rules.paced(training, rate, f"What suits a small network that learns from {batch_size} rows at a time.")
