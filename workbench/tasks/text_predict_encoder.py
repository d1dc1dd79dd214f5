"""The pretrained network of a model for texts, for ``predict.py`` beside it. Needs torch and transformers."""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch.nn.functional import linear, normalize
from transformers import AutoConfig, AutoModel, AutoTokenizer


class Model:
    """Prepared texts in; for each text its scores out, or the probability of every label."""

    def __init__(self, folder: Path, about: dict[str, Any]) -> None:
        self.about = about
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
        self.encoder.pooler = None  # the mean of all words is used instead
        weights = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()

    def probabilities(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._scores(texts).softmax(-1).tolist()
        return found

    def scores(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = self._scores(texts).tolist()
        return found

    @torch.inference_mode()
    def _scores(self, texts: list[str]) -> torch.Tensor:
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
        return linear(normalize(mean, dim=-1) * self.about["scale"], *self.head)
