"""What every "auto" becomes for a network that learns texts from nothing, and why. Imports no torch.

The numbers come from measurements on SMS spam and Chinese reviews (docs/training.md).
"""

import math
from collections.abc import Mapping, Sequence

from workbench.recipe import Training
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

FEW_ROWS = 1_000
STEPS = 900  # after which the validation rows have nothing more to say
EPOCHS = 3, 20  # the least and the most
SHARE = 0.98  # of the texts that are read to their end
LONGEST = 256  # words or characters


def choose(
    training: Training,
    *,
    rows: int,
    lengths: Sequence[int],
    tokens: str,
    body: str,
    device: str,
    machine: Machine | None = None,
) -> Mapping[str, Fact]:
    """Every training key with its value and reason, for so many training rows; ``lengths`` are those of some texts in
    ``tokens`` ("words" or "characters"), ``body`` is what the network is made of. There is but one method, since the
    network knows nothing beforehand."""
    batch = _batch_size(training, rows)
    facts = {
        "epochs": rules.enough_steps(training, rows, batch.value, steps=STEPS, between=EPOCHS),
        "batch_size": batch,
        "learning_rate": _learning_rate(training, body),
        "max_length": _max_length(training, lengths, tokens),
    }
    facts |= rules.of_labels(training) | rules.common(training, device, machine)
    if training.precision == "auto":
        facts["precision"] = Fact("fp32", "The network is so small that exact arithmetic costs nothing.")
    facts["micro_tokens"] = Fact(None, "The network is so small that a batch of texts is computed at once.")
    return facts


def _batch_size(training: Training, rows: int) -> Fact:
    if training.batch_size != "auto":
        return rules.chosen(training.batch_size)
    if rows < FEW_ROWS:
        return Fact(16, "With few rows, small batches give the network more steps to learn in.")
    return Fact(32, "32 texts at a time learn well; more would be fewer steps, fewer would take longer.")


def _learning_rate(training: Training, body: str) -> Fact:
    if body == "transformer":
        return rules.paced(
            training, 0.0005, "Attention learns safely in steps of this size; larger ones can undo what it has learned."
        )
    return rules.paced(
        training, 0.002, "High, since everything in this network is new: there is nothing that could be forgotten."
    )


def _max_length(training: Training, lengths: Sequence[int], tokens: str) -> Fact:
    if training.max_length != "auto":
        return rules.chosen(training.max_length)
    step = rules.MULTIPLE
    longest = sorted(lengths)[min(len(lengths) - 1, math.floor(len(lengths) * SHARE))] if lengths else step
    value = max(2 * step, min(LONGEST, math.ceil(longest / step) * step))
    cut = sum(length > value for length in lengths)
    if not cut:
        return Fact(value, f"Every text fits into {value} {tokens}.")
    share = 1 - cut / len(lengths)
    return Fact(value, f"{share:.1%} of the texts fit into {value} {tokens}; of the others the beginning is read.")
