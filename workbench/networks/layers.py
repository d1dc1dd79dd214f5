"""The layers of a network that begins without weights, found by sending samples through it; a process of its own.

python -m workbench.networks.layers MEMORY      (the request comes on standard input, see ``errands``)
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import torch
from torch import Tensor, nn

from workbench import errands
from workbench.models.layer import AFTER, KINDS, Layer
from workbench.networks.autoencoder import Autoencoder, Shape
from workbench.networks.small_cnn import SmallCnn
from workbench.networks.table_mlp import Shape as TableShape
from workbench.networks.table_mlp import TableMLP
from workbench.networks.text_network import Shape as TextShape
from workbench.networks.text_network import TextNetwork

SAMPLES = 7  # at once, since some layers learn from several; no layer has so many of anything else
WORDS = 12  # of a sample text
KNOWN_WORDS = 10_000  # a usual vocabulary


def layers(config: Mapping[str, Any], data: Mapping[str, Any]) -> list[Layer]:
    """Of the network that ``config.json`` and a recipe's settings describe; ``data`` tells what of it hangs on the
    rows: the ``side`` and ``channels`` of images, the ``numbers`` and ``categories`` of a table.

    Raises KeyError for a network of another kind, and TypeError for a setting that it does not have.
    """
    settings = {key: value for key, value in config.items() if key != "model_type"}
    module, inputs = BUILDERS[config["model_type"]](settings, data)
    return traced(module, inputs)


def traced(module: nn.Module, inputs: Sequence[Tensor]) -> list[Layer]:
    """The layers in the order in which ``SAMPLES`` samples pass them."""
    found: list[Layer] = []

    def see(layer: nn.Module, _given: tuple[Any, ...], output: Any) -> None:
        name = type(layer).__name__
        if name in AFTER:
            if found:
                found[-1] = replace(found[-1], after=(*found[-1].after, AFTER[name]))
            return
        shape = list((output[0] if isinstance(output, tuple) else output).shape)
        shape.remove(SAMPLES)
        kernel = getattr(layer, "kernel_size", (0,))[0]
        weights = sum(parameter.numel() for parameter in layer.parameters())
        kind = "code" if layer is getattr(module, "code", None) else KINDS[name]
        found.append(Layer(kind, kernel, tuple(shape), weights))

    hooks = [layer.register_forward_hook(see) for layer in module.modules() if type(layer).__name__ in (*KINDS, *AFTER)]
    with torch.no_grad():
        module.eval()(*inputs)
    for hook in hooks:
        hook.remove()
    return found


def _text(settings: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[nn.Module, list[Tensor]]:
    rest = {key: value for key, value in settings.items() if key != "tokens"}
    words = torch.ones(SAMPLES, WORDS, dtype=torch.long)
    return TextNetwork(TextShape(data.get("words", KNOWN_WORDS), data.get("labels", 2), **rest)), [words, words]


def _table(settings: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[nn.Module, list[Tensor]]:
    sizes = tuple(data.get("categories", ()))
    shape = TableShape(data.get("numbers", 1), (), sizes, data.get("labels", 1), **settings)
    codes = torch.zeros(SAMPLES, len(sizes), dtype=torch.long)
    return TableMLP(shape), [torch.zeros(SAMPLES, shape.numbers), torch.zeros(SAMPLES, 0), codes]


def _cnn(settings: Mapping[str, Any], data: Mapping[str, Any]) -> tuple[nn.Module, list[Tensor]]:
    return SmallCnn(settings["channels"]), [torch.zeros(SAMPLES, 3, data["side"], data["side"])]


def _autoencoder(settings: Mapping[str, Any], data: Mapping[str, Any], *, variational: bool = False) -> Any:
    side, channels = data["side"], data["channels"]
    shape = Shape(side, channels, settings["latent"], settings["width"], variational)
    return Autoencoder(shape), [torch.zeros(SAMPLES, channels, side, side)]


def _vae(settings: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    return _autoencoder(settings, data, variational=True)


BUILDERS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], tuple[nn.Module, list[Tensor]]]] = {
    "text-network": _text,
    "table-mlp": _table,
    "small-cnn": _cnn,
    "autoencoder": _autoencoder,
    "vae": _vae,
}


def _work(request: bytes, say: Callable[[bytes], None]) -> None:
    asked = json.loads(request)
    say(json.dumps([asdict(layer) for layer in layers(asked["config"], asked["data"])]).encode())


if __name__ == "__main__":
    sys.exit(errands.serve(_work))
