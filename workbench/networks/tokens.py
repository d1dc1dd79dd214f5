"""Tokenised texts as two flat arrays, and how some of them become one padded batch."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.artefacts import arrays
from workbench.errors import ModelError

FORMAT = 1  # of kept tokens; a change of how they are made makes it one more


@dataclass(frozen=True, slots=True)
class Tokens:
    """``ids`` holds the tokens of all texts one after the other; text i has ``ids[offsets[i]:offsets[i + 1]]``."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]

    @property
    def lengths(self) -> list[int]:
        """The number of tokens of every text."""
        lengths: list[int] = np.diff(self.offsets).tolist()
        return lengths


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded tokens and the mask of the real ones, both of shape (texts, length)."""

    ids: torch.Tensor
    mask: torch.Tensor


def load_tokenizer(folder: Path) -> Any:
    """The folder's fast tokenizer. Raises ModelError when it has none, or none that can pad."""
    from transformers import AutoTokenizer

    remedy = "Choose a model whose folder holds tokenizer.json."
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, ImportError, KeyError) as error:
        raise ModelError(f"the tokenizer cannot be read ({error})", where=str(folder), remedy=remedy) from error
    if not tokenizer.is_fast or tokenizer.pad_token_id is None:
        raise ModelError("the tokenizer is not a fast one, or has no padding token", where=str(folder), remedy=remedy)
    return tokenizer


def tokenise(texts: Sequence[str], tokenizer: Any, max_length: int, cache: Path | None = None) -> Tokens:
    """The tokens of ``texts``, each cut after ``max_length``; kept in ``cache`` by content when that is given."""
    if cache is None:
        return Tokens(*_encode(texts, tokenizer, max_length).values())
    tokenizer.backend_tokenizer.no_truncation()  # what the last call set would enter its description
    tokenizer.backend_tokenizer.no_padding()
    made_by = f"{FORMAT}\0{version('transformers')}\0{version('tokenizers')}"
    key = hashlib.sha256(f"{made_by}\0{max_length}\0{tokenizer.backend_tokenizer.to_str()}\0".encode())
    key.update(json.dumps(list(texts)).encode())
    kept = arrays.kept(cache, f"tokens-{key.hexdigest()[:32]}", lambda: _encode(texts, tokenizer, max_length))
    return Tokens(np.asarray(kept["ids"]), np.asarray(kept["offsets"]))


def _encode(texts: Sequence[str], tokenizer: Any, max_length: int) -> dict[str, NDArray[Any]]:
    flat: list[NDArray[np.int32]] = []
    offsets = [0]
    for start in range(0, len(texts), 1000):
        encoded = tokenizer(
            [encodable(text) for text in texts[start : start + 1000]],
            truncation=True,
            max_length=max_length,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        for ids in encoded["input_ids"]:
            flat.append(np.asarray(ids, dtype=np.int32))
            offsets.append(offsets[-1] + len(ids))
    ids = np.concatenate(flat) if flat else np.zeros(0, dtype=np.int32)
    return {"ids": ids, "offsets": np.asarray(offsets, dtype=np.int64)}


def encodable(text: str) -> str:
    """Half a surrogate pair, which JSON may carry, becomes a question mark: tokenizers take valid Unicode only."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def collate(tokens: Tokens, rows: Sequence[int], length: int, pad: int, device: str) -> Batch:
    """The texts ``rows`` padded to ``length`` with the token ``pad``."""
    ids = np.full((len(rows), length), pad, dtype=np.int64)
    mask = np.zeros((len(rows), length), dtype=np.int64)
    for place, row in enumerate(rows):
        start, end = tokens.offsets[row], tokens.offsets[row + 1]
        ids[place, : end - start] = tokens.ids[start:end]
        mask[place, : end - start] = 1
    return Batch(torch.from_numpy(ids).to(device), torch.from_numpy(mask).to(device))
