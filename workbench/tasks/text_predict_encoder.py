"""The pretrained network of a text classifier, for ``predict.py`` beside it. Needs torch and transformers."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch.nn.functional import linear, normalize
from transformers import AutoConfig, AutoModel, AutoTokenizer


class Model:
    """Prepared texts in; for each text the probability of every label out."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.about = about
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
        self.encoder.pooler = None  # the mean of all words is used instead
        weights = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()

    @torch.inference_mode()
    def probabilities(self, texts: list[str]) -> list[list[float]]:
        batch = self.tokenizer(
            texts,
            truncation=True,
            max_length=self.about["max_length"],
            padding=True,
            return_token_type_ids=False,
            return_tensors="pt",
        )
        states = self.encoder(**batch).last_hidden_state
        mask = batch["attention_mask"].unsqueeze(-1)
        mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
        scores = linear(normalize(mean, dim=-1) * self.about["scale"], *self.head)
        found: list[list[float]] = scores.softmax(-1).tolist()
        return found
