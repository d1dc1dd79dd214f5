"""The blocks of a pretrained encoder, from the first that runs to the last: which of them learn, and at what pace."""

from torch import nn

from workbench.networks.efficientnet_lite import EfficientNetLite


def blocks(encoder: nn.Module) -> list[nn.Module]:
    """The layers (of networks of filters: the stages) that an encoder repeats, in the order in which they run.

    They are its list of modules with the most weights. An encoder without one, or that runs a single layer again and
    again, as ALBERT does, has none.
    """
    if isinstance(encoder, EfficientNetLite):
        return list(encoder.stages())
    lists = [module for module in encoder.modules() if isinstance(module, nn.ModuleList)]
    longest = max(lists, key=lambda found: sum(weight.numel() for weight in found.parameters()), default=())
    return list(longest) if len(longest) > 1 else []


def behind(encoder: nn.Module) -> list[nn.Module]:
    """The layers with weights of a network that reads images which run after its blocks: those that it made later."""
    within = {id(module) for block in blocks(encoder) for module in block.modules()}
    everything = list(encoder.modules())
    last = max((place for place, module in enumerate(everything) if id(module) in within), default=len(everything))
    return [module for module in everything[last + 1 :] if any(True for _ in module.parameters(recurse=False))]


def by_depth(encoder: nn.Module) -> list[list[nn.Parameter]]:
    """All weights of an encoder: those of no block, which are read first (embeddings), then those of each block."""
    own = [list(block.parameters()) for block in blocks(encoder)]
    within = {id(weight) for block in own for weight in block}
    return [[weight for weight in encoder.parameters() if id(weight) not in within], *own]


def remember_less(encoder: nn.Module) -> bool:
    """Keep only what enters each block of a transformer, and compute the rest again when gradients are made from it.

    False for an encoder that cannot.
    """
    if not getattr(encoder, "supports_gradient_checkpointing", False):
        return False
    encoder.activation_checkpointing_enable({"use_reentrant": False})  # type: ignore[operator]
    return True
