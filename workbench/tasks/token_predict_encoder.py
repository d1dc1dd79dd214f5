"""The pretrained network that gives words their tags, for ``predict.py`` beside it. Needs torch and transformers."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch.nn.functional import linear, normalize
from transformers import AutoConfig, AutoModel, AutoTokenizer


class Model:
    """What predict.py asks: texts as word pieces, and the most probable tag of each piece."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.about = about
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
        self.encoder.pooler = None  # every word piece is answered by itself
        weights = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()
        example = self.tokenizer("a", return_special_tokens_mask=True)
        ids, special = example["input_ids"], example["special_tokens_mask"]
        self.before = ids[: special.index(0)]
        self.behind = ids[len(ids) - special[::-1].index(0) :]
        self.room = about["max_length"] - len(self.before) - len(self.behind)

    def pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers of a text's word pieces, and the characters at which each begins and ends."""
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return encoded["input_ids"], encoded["offset_mapping"]

    @torch.inference_mode()
    def best(self, pieces: list[int]) -> list[int]:
        """The number of the most probable tag of every word piece; at most ``room`` pieces."""
        ids = torch.tensor([[*self.before, *pieces, *self.behind]])
        states = self.encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0]
        scores = linear(normalize(states, dim=-1) * self.about["scale"], *self.head)
        best: list[int] = scores.argmax(-1)[len(self.before) : len(self.before) + len(pieces)].tolist()
        return best
