"""What every "auto" becomes for tasks that read images, and why in plain words. Imports no torch.

The numbers come from measurements on digits and on small silhouettes of animals (docs/training.md).
"""

import math

from workbench.recipe import Training
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

TINY, SMALL = 48, 112  # pixels of the longer side
FEW_ROWS, MANY_ROWS = 400, 20_000
AT_ONCE = 810_000  # pixels, all images together, that are computed at once on a processor: 16 images at 224


def choose(
    training: Training,
    *,
    rows: int,
    longest: int,
    device: str = "cpu",
    machine: Machine | None = None,
    pretrained: bool = True,
) -> dict[str, Fact]:
    """Every training key with its value and reason, for so many training rows whose images have longer sides of
    usually ``longest`` pixels (0: not known). A network that is not ``pretrained`` has but one method."""
    size = _image_size(longest)
    facts = {
        "epochs": _epochs(training, rows),
        "batch_size": (batch := _batch_size(training, rows)),
        "learning_rate": _learning_rate(training),
        "image_size": size,
    }
    facts |= rules.common(training, device, machine)
    facts |= rules.of_labels(training)
    if pretrained:
        facts |= _of_layers(training)
    if training.precision == "auto" and training.method != "head" and device == "cpu":
        facts["precision"] = Fact(
            "fp32", "Exact arithmetic: networks of filters learn no faster with half-length numbers on processors."
        )
    facts["micro_tokens"] = _at_once(batch.value, size.value, device)
    return facts


def _of_layers(training: Training) -> dict[str, Fact]:
    """What only a pretrained network has, as far as the method asks for it."""
    method = training.method
    facts = {"method": Fact(method, METHODS.get(method, NOT_FOR_IMAGES), tuple(METHODS))}
    if method == "last-blocks":
        facts["last_blocks"] = rules.last_blocks(training, LAST_STAGES, LAST)
    if method != "head":
        facts["layer_decay"] = rules.layer_decay(training)
    return facts


LAST_STAGES = 2
LAST = "The last two stages, which know shapes and things, learn; those before them know lines and textures."
NOT_FOR_IMAGES = "Small additions (LoRA) are for models that read texts: choose another method."
METHODS = {
    "full": (
        "Every weight of the network learns, so it can adapt to images unlike the photographs that it has seen. The "
        "most accurate method when there are a few hundred rows or more."
    ),
    "staged": (
        "First a small layer is solved on top of the network, which can be judged and kept at once. Then every weight "
        "learns, as with the method that trains everything."
    ),
    "last-blocks": (
        "The first stages of the network, which know lines and textures, stay as they are, and the last ones learn. "
        "Without augmentation the first see every image only once, which makes this several times faster."
    ),
    "head": (
        "The pretrained network stays as it is: it looks at every image once, and only a small layer on top of it "
        "learns. Many times faster and light on memory, usually a little less accurate."
    ),
}


def _epochs(training: Training, rows: int) -> Fact:
    if training.epochs != "auto":
        return rules.chosen(training.epochs)
    if training.method == "head":
        epochs = min(60, max(10, math.ceil(60_000 / max(rows, 1))))
        return Fact(epochs, f"The small layer learns in seconds, so it may see your {rows:,} images {epochs} times.")
    if rows >= MANY_ROWS:
        return Fact(1, f"With {rows:,} images, seeing each of them once is enough.")
    epochs = min(15, max(2, math.ceil(12_000 / max(rows, 1))))
    return Fact(epochs, f"Each of your {rows:,} images is seen {epochs} times: the fewer there are, the more often.")


def _batch_size(training: Training, rows: int) -> Fact:
    if training.batch_size != "auto":
        return rules.chosen(training.batch_size)
    if training.method == "head":
        return Fact(64, "The small layer is cheap, so many images are taken at once.")
    if rows < FEW_ROWS:
        return Fact(16, "With few images, small batches give the network more steps to learn in.")
    return Fact(32, "32 images at a time tell the network well enough what images are like on average.")


def _learning_rate(training: Training) -> Fact:
    if training.method == "head":
        return rules.paced(
            training, 0.0003, "The small layer starts from the solution of its problem, so small steps are enough."
        )
    return rules.paced(
        training,
        0.0005,
        "Low for the pretrained part; what is new, such as the layer on top, learns at ten times this rate.",
    )


def _image_size(longest: int) -> Fact:
    """The side of the square that images are scaled to. A model that was made for one size keeps its own."""
    if 0 < longest <= TINY:
        reason = (
            f"Your images are tiny ({longest} pixels): enlarged to 96 they show all that they have, and are learned "
            "from five times faster than at the usual 224."
        )
        return Fact(96, reason)
    if 0 < longest <= SMALL:
        reason = (
            f"Your images are small ({longest} pixels): 128 show all that they have, three times faster than at 224."
        )
        return Fact(128, reason)
    return Fact(224, "The size at which pretrained networks have learned; larger images are scaled down.")


def _at_once(batch_size: int, side: int, device: str) -> Fact:
    if device != "cpu":
        return Fact(None, "The whole batch is computed at once, as graphics processors like it.")
    most = max(1, AT_ONCE // side**2)
    if most >= batch_size:
        return Fact(None, "A batch of such images is small enough to be computed at once.")
    return Fact(most, f"{most} images are computed at once, which saves memory; a batch is still learned from as one.")
