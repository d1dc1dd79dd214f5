"""The model in half the bytes: its matrices in bfloat16, which become single precision again when they are read."""

from pathlib import Path

from workbench.export.formats import parts
from workbench.export.formats.format import About, Format, Tell

WEIGHTS = "model.safetensors"


def _refused(source: Path, about: About) -> str:  # noqa: ARG001
    if (source / WEIGHTS).is_file():
        return ""
    return "it is made of trees and other models of scikit-learn, which have no weights to be shortened"


def _write(source: Path, target: Path, tell: Tell) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    tell("shortening the weights")
    parts.copy(source, target, without=(WEIGHTS,))
    weights = load_file(source / WEIGHTS)
    # Biases, norms and what numbers are centred on stay as they are: they weigh nothing, and lose the most.
    halved = {
        name: weight.to(torch.bfloat16) if weight.is_floating_point() and weight.ndim > 1 else weight
        for name, weight in weights.items()
    }
    save_file(halved, target / WEIGHTS, metadata={"format": "pt"})
    parts.describe(source, target, BF16.name, "The weights are kept in bfloat16 and read as single precision.")


BF16 = Format(
    name="bf16",
    title="Half the size",
    good_for="Half the bytes to store and send, with the same libraries; as fast as the original once it is read.",
    agreement=0.98,
    nearness=0.5,
    close=0.05,
    refused=_refused,
    write=_write,
)
