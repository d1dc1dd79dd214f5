"""The network of a text classifier from scratch, for ``predict.py`` beside it. Needs torch only."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from text_network import Shape, TextNetwork  # type: ignore[import-not-found]  # the files beside this one
from vocabulary import PADDING, Vocabulary  # type: ignore[import-not-found]


class Model:
    """Prepared texts in; for each text the probability of every label out."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        self.vocabulary = Vocabulary(words["kind"], tuple(words["known"]))
        self.most = about["max_length"]
        self.network = TextNetwork(Shape.from_dict(about["shape"]))
        self.network.load_state_dict(load_file(folder / "model.safetensors"))
        self.network.eval()

    @torch.inference_mode()
    def probabilities(self, texts: list[str]) -> list[list[float]]:
        encoded = [self.vocabulary.encode(text, self.most) for text in texts]
        ids = torch.full((len(encoded), max(map(len, encoded))), PADDING)
        for row, numbers in enumerate(encoded):
            ids[row, : len(numbers)] = torch.tensor(numbers)
        found: list[list[float]] = self.network(ids, (ids != PADDING).long()).softmax(-1).tolist()
        return found
