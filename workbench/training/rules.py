"""What every "auto" becomes, and why in plain words: the only place where such values are chosen. Imports no torch.

The numbers come from measurements on real texts (docs/training.md and benchmarks/); each rule says which.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workbench.recipe import Training
from workbench.training.machine import Machine

MULTIPLE = 16  # lengths are rounded up to a multiple: many different shapes cost memory (1,568 -> 1,262 MB measured)
FEW_ROWS = 400
MANY_ROWS = 20_000
SHORT = 40  # tokens of a text, on average


@dataclass(frozen=True, slots=True)
class Fact:
    """One value chosen by a rule ("auto") or by the user, and why, in plain words; ``options`` are what else a task and
    its model can do, where they differ in that."""

    value: Any
    reason: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A run's settings with nothing left to choose; equal plans on one machine give equal weights.

    ``learning_rate`` is that of the pretrained part (of the head, for method head); ``warmup`` a fraction of all
    steps; ``early_stopping`` epochs without improvement, 0 for never; ``checkpoint_steps`` None for every epoch's
    end and every 60 s; ``micro_tokens`` how many padded tokens (or images) are computed at once, without changing the
    batch (None: a whole batch); ``image_size`` the side in pixels that images are scaled to, where there are any;
    ``max_minutes`` the limit on training time, None for none; ``last_blocks`` how many blocks learn by that method
    (None: half of them); ``lora_alpha`` / ``lora_rank`` how much adapters count, ``lora_targets`` beside which layers
    they stand ("attention" or "all"); ``layer_decay`` the rate of a block as a share of that of the block above it;
    ``activation_checkpointing`` whether blocks are computed again instead of remembered.
    Epochs, batch and rate may be left out for what is solved before the first step.
    """

    method: str
    epochs: int = 1
    batch_size: int = 4096
    learning_rate: float = 0.001
    optimizer: str = "adamw"
    schedule: str = "linear"
    warmup: float = 0.1
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    label_smoothing: float = 0.0
    class_weights: str = "none"
    ema: float = 0.0
    early_stopping: int = 0
    precision: str = "fp32"
    matmul: str = "highest"
    max_length: int = 256
    image_size: int | None = None
    checkpoint_steps: int | None = None
    device: str = "cpu"
    threads: int | None = None
    micro_tokens: int | None = None
    max_minutes: float | None = None
    last_blocks: int | None = None
    lora_rank: int = 8
    lora_alpha: float = 16.0
    lora_targets: str = "attention"
    layer_decay: float = 1.0
    activation_checkpointing: bool = False

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain values, as checkpoints and the store keep it."""
        return asdict(self)


def plan_from(facts: Mapping[str, Fact | Mapping[str, Any]]) -> Plan:
    """The plan that a task's facts describe, also from facts that were stored as JSON; without a method, all learns."""
    values = {key: fact.value if isinstance(fact, Fact) else fact["value"] for key, fact in facts.items()}
    known = Plan.__dataclass_fields__
    return Plan(**{"method": "full"} | {key: value for key, value in values.items() if key in known})


def choose(
    training: Training, *, lengths: Sequence[int], device: str = "cpu", machine: Machine | None = None
) -> dict[str, Fact]:
    """Every training key with its value and reason. ``lengths`` are the (estimated) tokens of the training samples."""
    rows = len(lengths)
    facts = {
        "method": Fact(training.method, METHODS[training.method], tuple(METHODS)),
        "epochs": _epochs(training, rows),
        "batch_size": (batch := _batch_size(training, lengths)),
        "learning_rate": _learning_rate(training, batch.value),
        "max_length": _max_length(training, lengths, device),
    }
    facts |= common(training, device, machine)
    facts |= of_labels(training)
    facts |= _of_layers(training)
    facts["micro_tokens"] = _micro_tokens(device)
    return facts


def _of_layers(training: Training) -> dict[str, Fact]:
    """What only a pretrained encoder of texts has, as far as the method asks for it."""
    method = training.method
    facts = _adapters(training) if method == "lora" else {}
    if method == "last-blocks":
        facts["last_blocks"] = last_blocks(training, None, "The upper half of the model's layers learns.")
    if method in ("full", "staged", "last-blocks"):
        facts["layer_decay"] = layer_decay(training)
    if method != "head":
        again = training.activation_checkpointing
        facts["activation_checkpointing"] = Fact(again, CHECKPOINTED if again else "Every layer is computed once.")
    return facts


def last_blocks(training: Training, count: int | None, reason: str) -> Fact:
    """How many of the last blocks learn: what the user chose, else ``count``."""
    return Fact(count, reason) if training.last_blocks == "auto" else chosen(training.last_blocks)


def layer_decay(training: Training) -> Fact:
    """The pace of the lower layers."""
    return Fact(training.layer_decay, DECAYED if training.layer_decay < 1 else "All layers learn at the same rate.")


def _adapters(training: Training) -> dict[str, Fact]:
    rank = RANK if training.lora_rank == "auto" else training.lora_rank
    automatic = {"lora_rank": rank, "lora_alpha": 2.0 * rank, "lora_targets": "attention"}
    return {
        key: Fact(value, ADAPTERS[key]) if getattr(training, key) == "auto" else chosen(getattr(training, key))
        for key, value in automatic.items()
    }


def of_labels(training: Training) -> dict[str, Fact]:
    """What only networks that tell labels apart have."""
    smoothing, weights = training.label_smoothing, training.class_weights
    return {
        "label_smoothing": Fact(smoothing, SMOOTHED if smoothing else "The right label counts whole."),
        "class_weights": Fact(weights, CLASS_WEIGHTS[weights]),
    }


def common(training: Training, device: str, machine: Machine | None) -> dict[str, Fact]:
    """What is chosen in the same way whatever the samples are."""
    facts = _precision(training, device, machine)
    facts["checkpoint_steps"] = _checkpoint_steps(training)
    facts["threads"] = _threads(device, machine)
    facts["device"] = Fact(device, "The free device of this computer that was chosen in Settings.")
    facts["optimizer"] = Fact(training.optimizer, OPTIMIZERS[training.optimizer])
    facts["schedule"] = Fact(training.schedule, SCHEDULES[training.schedule])
    facts["ema"] = Fact(training.ema, AVERAGED if training.ema else "The weights are kept as the best step left them.")
    for key in ("warmup", "weight_decay", "gradient_clip", "early_stopping"):
        facts[key] = Fact(getattr(training, key), REASONS[key])
    facts["max_minutes"] = _max_minutes(training)
    return facts


METHODS = {
    "full": (
        "Every weight of the model learns, so it can adapt to the language of your texts. The most accurate method "
        "when there are a few hundred rows or more."
    ),
    "staged": (
        "First a small layer is solved on top of the model, which can be judged and kept within seconds. Then every "
        "weight learns, as with the method that trains everything."
    ),
    "last-blocks": (
        "The lower layers of the model, which know how the language works, stay as they are, and the upper ones learn. "
        "Faster than training everything, and lighter on memory."
    ),
    "lora": (
        "The model stays as it is, and small additions beside its layers learn (LoRA). The saved work is small, and "
        "memory is spared; in the end they are folded into the model."
    ),
    "head": (
        "The pretrained model stays as it is: it reads every text once, and only a small layer on top of it learns. "
        "Many times faster and light on memory, usually a little less accurate."
    ),
}
RANK = 8
ADAPTERS = {
    "lora_rank": "Additions of this size can say what a task needs, and weigh next to nothing.",
    "lora_alpha": "The additions count twice what they say, which suits the learning rate that is chosen for them.",
    "lora_targets": "Additions beside the layers of attention do nearly all that additions everywhere would.",
}
DECAYED = "The lower a layer, the slower it learns, since what it knows of language holds for every task."
CHECKPOINTED = "Layers are computed again instead of remembered: less memory, and about half as much time again."
OPTIMIZERS = {
    "adamw": "Each weight moves at a pace of its own, and is pulled towards zero besides: suits pretrained models.",
    "adam": "Each weight moves at a pace of its own; the pull towards zero is part of what it adapts to.",
    "sgd": "Every weight moves straight down its slope; it needs a learning rate about a hundred times that of AdamW.",
    "momentum": "As SGD, with nine tenths of the last move carried on, which crosses flat and narrow places sooner.",
    "rmsprop": "Each weight moves at a pace that follows the size of its latest slopes.",
}
PACES = {"sgd": 100, "momentum": 100}  # beside AdamW, whose steps do not shrink with the slope
NAMES = {"sgd": "SGD", "momentum": "SGD with momentum"}
SCHEDULES = {
    "linear": "The learning rate falls in a straight line to zero, which settles the model.",
    "cosine": "The learning rate falls slowly, then quickly, then slowly to zero, which settles the model.",
    "constant": "The learning rate stays at its highest, and the model keeps on moving.",
    "one-cycle": "The learning rate rises for nearly a third of the run, then falls to nothing; it is its own warm-up.",
    "plateau": "The learning rate is halved whenever the loss on the validation rows has not fallen for two epochs.",
}
CLASS_WEIGHTS = {
    "none": "Every row counts alike, so that frequent labels are learned first.",
    "balanced": "Rows of rare labels count more, so that all labels count alike; frequent ones are predicted less.",
}
SMOOTHED = "The model is asked to be a little less sure, which helps where some labels in the table are wrong."
AVERAGED = "What is judged and kept is the running average of the weights, which is steadier than they are."
REASONS = {
    "warmup": "The share of the run in which the learning rate rises, so that the first batches do no harm.",
    "weight_decay": "A slight pull of the weights towards zero, which helps on texts that were not seen.",
    "gradient_clip": "One strange batch cannot move the weights further than this allows.",
    "early_stopping": "Epochs without improvement on the validation rows after which training ends; 0 for never.",
}


def enough_steps(training: Training, rows: int, batch_size: int, *, steps: int, between: tuple[int, int]) -> Fact:
    """Epochs in which a network that begins from nothing takes so many ``steps``, ``between`` a least and a most."""
    if training.epochs != "auto":
        return chosen(training.epochs)
    least, most = between
    an_epoch = max(1, math.ceil(rows / batch_size))
    epochs = max(least, min(most, math.ceil(steps / an_epoch)))
    if epochs == most:
        return Fact(epochs, f"Your {rows:,} rows are seen {epochs} times; more would be learning them by heart.")
    return Fact(epochs, f"With {rows:,} rows, {epochs} times through them make the steps that the network needs.")


def chosen(value: Any) -> Fact:
    """A value that a rule had no say in."""
    return Fact(value, "You chose this.")


def _epochs(training: Training, rows: int) -> Fact:
    if training.epochs != "auto":
        return chosen(training.epochs)
    if training.method == "head":
        epochs = min(60, max(10, math.ceil(60_000 / max(rows, 1))))
        return Fact(epochs, f"The small layer learns in seconds, so it may see your {rows:,} rows {epochs} times.")
    if rows >= MANY_ROWS:
        return Fact(1, f"With {rows:,} rows, seeing each of them once is enough.")
    epochs = min(10, max(2, math.ceil(6_000 / max(rows, 1))))
    return Fact(epochs, f"Each of your {rows:,} rows is seen {epochs} times: the fewer there are, the more often.")


def _batch_size(training: Training, lengths: Sequence[int]) -> Fact:
    if training.batch_size != "auto":
        return chosen(training.batch_size)
    if training.method == "head":
        return Fact(64, "The small layer is cheap, so many rows are taken at once.")
    if len(lengths) < FEW_ROWS:
        return Fact(8, "With few rows, small batches give the model more steps to learn in.")
    if sum(lengths) / len(lengths) <= SHORT:
        # A step has costs of its own (the optimiser walks through every weight): 13.8 against 7.0 ms a short text.
        return Fact(32, "Your texts are short, and 32 of them at a time take half the time of 16.")
    return Fact(16, "16 texts of this length at a time learn well and are fastest on ordinary processors.")


def _learning_rate(training: Training, batch_size: int) -> Fact:
    if training.method == "head":
        return paced(training, 0.0003, "The small layer starts from the solution of its problem: small steps will do.")
    if training.method == "lora":
        return paced(training, 0.002, "High, since what learns is new and small; the model itself stays as it is.")
    small, large = (0.00015, 0.0003) if training.method == "last-blocks" else (0.0001, 0.0002)
    rate = large if batch_size >= 32 else small
    reason = "Low for the pretrained part; the new layer on top of it learns at ten times this rate."
    return paced(training, rate, reason)


def paced(training: Training, rate: float, reason: str) -> Fact:
    """The learning rate that the user chose, or else ``rate``, which suits AdamW, as the optimiser needs it."""
    if training.learning_rate != "auto":
        return chosen(training.learning_rate)
    times = PACES.get(training.optimizer)
    if times is None:
        return Fact(rate, reason)
    return Fact(rate * times, f"{reason} {NAMES[training.optimizer]} needs {times} times the rate of AdamW.")


def _max_length(training: Training, lengths: Sequence[int], device: str) -> Fact:
    if training.max_length != "auto":
        return chosen(training.max_length)
    longest = sorted(lengths)[min(len(lengths) - 1, math.floor(len(lengths) * 0.995))] if lengths else MULTIPLE
    cap = 512 if device != "cpu" else 256
    value = max(2 * MULTIPLE, min(cap, math.ceil(longest / MULTIPLE) * MULTIPLE))
    cut = sum(length > value for length in lengths)
    if not cut:
        return Fact(value, f"Every text fits into {value} word pieces.")
    share = cut / len(lengths)
    return Fact(
        value, f"{1 - share:.1%} of the texts fit into {value} word pieces; of the others the beginning is read."
    )


def _precision(training: Training, device: str, machine: Machine | None) -> dict[str, Fact]:
    """Precision and the way of multiplying matrices: by what the probe measured, never fp16 on a CPU (18 GFLOP/s)."""
    if training.precision == "fp16" and device == "cpu":
        reason = "fp16 is slow on processors and loses small values there, so exact arithmetic is used instead."
        return {"precision": Fact("fp32", reason), "matmul": Fact("highest", reason)}
    if machine is None or device != "cpu":
        auto = "bf16" if device.startswith("cuda") else "fp32"
        reason = {
            "bf16": "Graphics processors multiply half-length numbers several times faster, at the same accuracy.",
            "fp32": "Exact arithmetic, since this computer's speed has not been measured yet.",
        }[auto]
        fact = Fact(auto, reason) if training.precision == "auto" else chosen(training.precision)
        return {"precision": fact, "matmul": Fact("highest", "The exact way of multiplying matrices.")}
    matmul = Fact(machine.matmul, machine.matmul_reason)
    if training.precision != "auto":
        return {"precision": chosen(training.precision), "matmul": matmul}
    return {"precision": Fact(machine.precision, machine.precision_reason), "matmul": matmul}


def _checkpoint_steps(training: Training) -> Fact:
    if training.checkpoint_steps != "auto":
        return chosen(training.checkpoint_steps)
    return Fact(None, "The work is saved after every epoch and every 60 seconds, so at most a minute is ever lost.")


def _max_minutes(training: Training) -> Fact:
    if training.max_minutes is None:
        return Fact(None, "Training takes the time that it needs.")
    return Fact(training.max_minutes, "After so many minutes of training the best model so far is kept, as with Stop.")


def _micro_tokens(device: str) -> Fact:
    if device != "cpu":
        return Fact(None, "The whole batch is computed at once, as graphics processors like it.")
    return Fact(
        1536, "A batch of long texts is computed in parts, which saves memory; it is still learned from as one."
    )


def _threads(device: str, machine: Machine | None) -> Fact:
    if device != "cpu" or machine is None:
        return Fact(None, "As many processor cores as PyTorch chooses.")
    return Fact(machine.threads, machine.threads_reason)
