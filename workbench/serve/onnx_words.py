"""An encoder in model.onnx that gives words their tags. Exported models carry this file; it needs onnxruntime,
tokenizers and numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from workbench.serve.onnx_session import Session


class Model:
    """What predict.py asks: texts as word pieces, and the most probable tag of each piece."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        self.session = Session(folder)
        example = self.tokenizer.encode("a")
        ids, special = example.ids, example.special_tokens_mask
        self.before: list[int] = ids[: special.index(0)]
        self.behind: list[int] = ids[len(ids) - special[::-1].index(0) :]
        self.room = int(about["max_length"]) - len(self.before) - len(self.behind)

    def pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers of a text's word pieces, and the characters at which each begins and ends."""
        encoded = self.tokenizer.encode(text, add_special_tokens=False)
        return encoded.ids, encoded.offsets

    def best(self, pieces: list[int]) -> list[int]:
        """The number of the most probable tag of every word piece; at most ``room`` pieces."""
        ids = np.asarray([[*self.before, *pieces, *self.behind]], dtype=np.int64)
        scores = self.session.run(ids, np.ones_like(ids))[0]
        best: list[int] = scores.argmax(-1)[len(self.before) : len(self.before) + len(pieces)].tolist()
        return best
