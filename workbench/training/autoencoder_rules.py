"""What every "auto" becomes for networks that draw images anew, and why. Imports no torch.

The numbers come from measurements on digits and on small silhouettes of animals (docs/tasks/image_autoencoder.md).
"""

from collections.abc import Mapping

from workbench.recipe import Training
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

FEW_ROWS = 1_000
STEPS = 3_000  # after which copies hardly become sharper
EPOCHS = 4, 100  # the least and the most
TINY, SMALL = 16, 40  # pixels of the longer side


def choose(
    training: Training, *, rows: int, longest: int, device: str, machine: Machine | None = None
) -> Mapping[str, Fact]:
    """Every training key with its value and reason, for so many training rows whose images have longer sides of usually
    ``longest`` pixels (0: not known). There is but one method, since the network knows nothing beforehand."""
    batch = _batch_size(training, rows)
    facts = {
        "epochs": rules.enough_steps(training, rows, batch.value, steps=STEPS, between=EPOCHS),
        "batch_size": batch,
        "learning_rate": _learning_rate(training),
        "image_size": image_size(longest),
    }
    facts |= rules.common(training, device, machine)
    if training.precision == "auto" and device == "cpu":
        facts["precision"] = Fact("fp32", "Exact arithmetic: filters are no faster with half-length numbers here.")
    facts["micro_tokens"] = Fact(None, "The images are so small that a batch of them is computed at once.")
    return facts


def _batch_size(training: Training, rows: int) -> Fact:
    if training.batch_size != "auto":
        return rules.chosen(training.batch_size)
    if rows < FEW_ROWS:
        return Fact(16, "With few images, small batches give the network more steps to learn in.")
    return Fact(64, "64 images at a time tell the network well what images are like on average.")


def _learning_rate(training: Training) -> Fact:
    return rules.paced(
        training, 0.004, "High, since everything in this network is new: there is nothing that could be forgotten."
    )


def image_size(longest: int) -> Fact:
    """The side of the square that images are scaled to."""
    if 0 < longest <= TINY:
        return Fact(16, f"Your images are tiny ({longest} pixels): 16 show all that they have.")
    if 0 < longest <= SMALL:
        return Fact(32, f"Your images are small ({longest} pixels): 32 show what they have.")
    return Fact(64, "64 pixels show what most images are about; 128 show more and take four times as long.")
