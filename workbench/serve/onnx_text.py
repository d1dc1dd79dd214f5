"""An encoder in model.onnx that judges whole texts. Exported models carry this file; it needs onnxruntime, tokenizers
and numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from tokenizers import Tokenizer

from workbench.serve.onnx_session import Session, padded, probabilities


class Model:
    """Prepared texts in; for each text its scores out, or the probability of every label."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.padding = int(about["padding"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(int(about["max_length"]))
        self.session = Session(folder)

    def probabilities(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = probabilities(self._scores(texts)).tolist()
        return found

    def scores(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._scores(texts).tolist()
        return found

    def _scores(self, texts: list[str]) -> NDArray[Any]:
        valid = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        encoded = [encoding.ids for encoding in self.tokenizer.encode_batch(valid)]
        return self.session.run(*padded(encoded, self.padding))
