"""The network of a classifier of images, for ``predict.py`` beside it. Needs torch, and transformers for some."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from efficientnet_lite import EfficientNetLite  # type: ignore[import-not-found]  # the files beside this one
from numpy.typing import NDArray
from safetensors.torch import load_file
from small_cnn import SmallCnn  # type: ignore[import-not-found]
from torch.nn.functional import linear, normalize


class Model:
    """Pixels in; for each image the probability of every label out."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.about = about
        self.encoder = empty(folder, about["pooling"])
        weights = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()
        self.mean, self.deviation = (torch.tensor(about[key]).view(3, 1, 1) for key in ("mean", "deviation"))

    @torch.inference_mode()
    def probabilities(self, images: list[NDArray[np.uint8]]) -> list[list[float]]:
        """Of images of 8 bits and three colours, each (side, side, 3)."""
        values = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2) / 255
        features = normalize(self.features((values - self.mean) / self.deviation), dim=-1)
        found: list[list[float]] = linear(features * self.about["scale"], *self.head).softmax(-1).tolist()
        return found

    def features(self, images: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor
        if self.about["pooling"] == "own":
            made = self.encoder(images)
        elif self.about["pooling"] == "first":
            made = self.encoder(pixel_values=images).last_hidden_state[:, 0]
        else:
            made = self.encoder(pixel_values=images).pooler_output.flatten(1)
        return made


def empty(folder: Path, pooling: str) -> torch.nn.Module:
    """The network that config.json describes, with weights still to be filled in."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    made: torch.nn.Module
    if config["model_type"] == "efficientnet-lite":
        made = EfficientNetLite()
    elif config["model_type"] == "small-cnn":
        made = SmallCnn(config["channels"])
    else:
        from transformers import AutoConfig, AutoModel

        made = AutoModel.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32)
        if pooling == "first":
            made.register_module("pooler", None)  # the first token is used as it is
    return made
