"""A network of words in model.onnx that tells texts apart. Exported models carry this file: onnxruntime and numpy."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.networks.vocabulary import PADDING, Vocabulary
from workbench.serve.onnx_session import Session, padded, probabilities


class Model:
    """Prepared texts in; for each text the probability of every label out."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        self.vocabulary = Vocabulary(words["kind"], tuple(words["known"]))
        self.most = int(about["max_length"])
        self.session = Session(folder)

    def probabilities(self, texts: list[str]) -> list[list[float]]:
        encoded = [self.vocabulary.encode(text, self.most) for text in texts]
        found: list[list[float]] = probabilities(self.session.run(*padded(encoded, PADDING))).tolist()
        return found
