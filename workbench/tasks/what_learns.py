"""How much of a pretrained network learns, and at which rates: by the method that a plan names."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import TrainingError
from workbench.tasks import heads
from workbench.training.problem import Group
from workbench.training.rules import Plan

if TYPE_CHECKING:
    import torch


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Learning:
    """``module`` is all that changes and that checkpoints hold; ``frozen`` counts blocks that run without learning;
    ``settle`` leaves a plain network, which learns no more."""

    module: "torch.nn.Module"
    groups: list[Group]
    frozen: int = 0
    settle: Callable[[], None] = _nothing


def of_texts(network: Any, plan: Plan, seed: int, pieces: NDArray[np.int64]) -> Learning:
    """Of an encoder of texts under a new layer; ``pieces`` are the numbers of the word pieces in the training texts.

    Raises TrainingError for a method that the encoder cannot be trained by.
    """
    from workbench.networks import blocks
    from workbench.networks.word_embeddings import train_only

    if plan.activation_checkpointing and not blocks.remember_less(network.encoder):
        raise TrainingError(
            "this model cannot compute its layers twice to save memory", remedy="Switch 'Use less memory' off."
        )
    if plan.method == "last-blocks":
        return _last_blocks(network, plan)
    if plan.method == "lora":
        return _adapters(network, plan, seed)
    train_only(network.encoder, pieces)
    return Learning(network, heads.groups(network.encoder, network.head, plan.layer_decay))


def of_images(network: Any, plan: Plan, *, pretrained: bool) -> Learning:
    """Of an encoder of images under a new layer; all of one that is not ``pretrained`` is as new as the layer.

    Raises TrainingError for a method that the encoder cannot be trained by.
    """
    from workbench.networks import blocks

    if plan.method == "lora":
        raise TrainingError(
            "small additions (LoRA) are for models that read texts", remedy="Choose the method 'Train the last layers'."
        )
    if plan.method == "last-blocks":
        return _last_blocks(network, plan, blocks.behind(network.encoder))
    scale = 1.0 if pretrained else heads.SCALE
    return Learning(network, heads.groups(network.encoder, network.head, plan.layer_decay, scale))


def _last_blocks(network: Any, plan: Plan, behind: "Sequence[torch.nn.Module]" = ()) -> Learning:
    """The last blocks of the encoder learn, with what runs ``behind`` them and the new layer.

    What stays as it is has no gradients, so that nothing is remembered for it, and keeps to its statistics.
    Raises TrainingError where there are no blocks to choose from.
    """
    from torch import nn

    from workbench.networks import blocks

    found = blocks.blocks(network.encoder)
    if len(found) < 2:
        raise TrainingError(
            "this model repeats a single layer, so that there are no last ones to train",
            remedy="Choose the method 'Train everything', or another model.",
        )
    count = min(plan.last_blocks or len(found) // 2, len(found) - 1)
    network.encoder.requires_grad_(False)
    body = nn.ModuleList([*found[-count:], *behind])
    body.requires_grad_(True)
    network.eval()
    module = nn.ModuleDict({"body": body, "head": network.head})
    groups = heads.groups(network.encoder, network.head, plan.layer_decay)
    return Learning(module, groups, len(found) - count)


def _adapters(network: Any, plan: Plan, seed: int) -> Learning:
    """Adapters learn, at the same rate as the new layer: both are new."""
    from torch import nn

    from workbench.networks import adapters

    names = adapters.targets(network.encoder, plan.lora_targets)
    body = nn.ModuleList(adapters.add(network.encoder, names, plan.lora_rank, plan.lora_alpha, seed))
    groups = [
        Group([*body.parameters(), network.head.weight]),
        Group([network.head.bias], decay=False),
    ]
    module = nn.ModuleDict({"body": body, "head": network.head})
    return Learning(module, groups, settle=lambda: adapters.fold(network.encoder))
