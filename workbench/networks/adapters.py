"""Adapters of low rank in the linear layers of an encoder (LoRA, Hu et al., arXiv:2106.09685), by peft."""

import re
from collections.abc import Sequence

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.lora import LoraLayer
from torch import nn

from workbench.networks.blocks import blocks

ATTENTION = re.compile(r"(^|\.)\w*att(entio)?n\w*(\.|$)")  # in the names of what an attention is made of


def targets(encoder: nn.Module, which: str) -> list[str]:
    """The names of linear layers in the blocks of an encoder: those of "attention", or "all".

    All of them too where no name tells of attention; all linear layers of the encoder where it has no blocks.
    """
    within = {id(module) for block in blocks(encoder) for module in block.modules()}
    every = [(name, module) for name, module in encoder.named_modules() if isinstance(module, nn.Linear)]
    linear = [name for name, module in every if id(module) in within] or [name for name, _ in every]
    attending = [name for name in linear if ATTENTION.search(name)]
    return attending if which == "attention" and attending else linear


def add(encoder: nn.Module, names: Sequence[str], rank: int, alpha: float, seed: int) -> list[nn.Module]:
    """Put an adapter beside each of the linear layers, which together change nothing yet; everything else is frozen.

    Returns what learns. One half of an adapter begins with numbers that hang on ``seed``, the other with zeros; what
    it says counts alpha / rank.
    """
    config = LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=list(names), bias="none")  # type: ignore[arg-type]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inject_adapter_in_model(config, encoder)
    return [part for layer in _adapted(encoder).values() for part in (layer.lora_A, layer.lora_B)]


def fold(encoder: nn.Module) -> None:
    """Add what the adapters say to the layers beside which they stand, and take them out: a plain encoder is left."""
    for name, layer in _adapted(encoder).items():
        layer.merge()
        parent, _, own = name.rpartition(".")
        setattr(encoder.get_submodule(parent), own, layer.get_base_layer())


def _adapted(encoder: nn.Module) -> dict[str, LoraLayer]:
    return {name: module for name, module in encoder.named_modules() if isinstance(module, LoraLayer)}
