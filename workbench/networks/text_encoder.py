"""A pretrained encoder of texts with a small layer on top that tells labels apart."""

import copy
from pathlib import Path
from typing import Any

import torch
from torch import nn

from workbench.errors import ModelError

SCALE = 20.0  # normalised embeddings times 20: the head then learns well at a rate of 1e-3 (docs/training.md)


class TextClassifier(nn.Module):
    """Tokens to label scores: encoder, mean over real tokens, length 1, times ``SCALE``, one linear layer."""

    scale = SCALE

    def __init__(self, encoder: nn.Module, width: int, labels: int, seed: int = 0) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head(width, labels, seed)

    def embed(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """One vector of length 1 a text, in fp32."""
        return pooled(self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state, mask)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(self.embed(ids, mask) * SCALE)
        return scores


def head(width: int, labels: int, seed: int = 0) -> nn.Linear:
    """The layer on top, with weights that depend on ``seed`` alone."""
    layer = nn.Linear(width, labels)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(labels, width, generator=generator) * width**-0.5)
        layer.bias.zero_()
    return layer


def pooled(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean of the states of real tokens, normalised to length 1; padding changes nothing."""
    weight = mask.unsqueeze(-1).float()
    mean = (states.float() * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1)
    return nn.functional.normalize(mean, dim=-1)


def load_encoder(folder: Path, device: str = "cpu") -> tuple[nn.Module, Any]:
    """The encoder in ``folder`` (checked by ``models.folder`` before) without dropout, and its configuration.

    On a processor attention is computed in the plain way, whose backward pass is the fastest for short texts;
    dropout is off since its random numbers took 13 % of a step and bought nothing in a few epochs.
    Raises ModelError when transformers cannot load it.
    """
    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # its load report lists the unused pooler as if it were a fault
    logging.disable_progress_bar()
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        original = copy.deepcopy(config)
        without_dropout(config)
        plain = {"attn_implementation": "eager"} if device == "cpu" else {}
        encoder = AutoModel.from_pretrained(
            folder,
            config=config,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=torch.float32,
            **plain,
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"the model cannot be loaded ({error})",
            where=str(folder),
            remedy="Choose an encoder such as BERT, DistilBERT, RoBERTa, MPNet, ELECTRA, DeBERTa-v2 or ModernBERT.",
        ) from error
    encoder.original_config = original
    return without_pooler(encoder).to(device), config


def original_config(encoder: nn.Module) -> Any:
    """The configuration as it came with the model: whoever trains an exported model elsewhere gets its dropout."""
    return getattr(encoder, "original_config", encoder.config)


def empty_encoder(folder: Path, device: str = "cpu") -> tuple[nn.Module, Any]:
    """An encoder as ``config.json`` describes it, with weights still to be filled in."""
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    plain = {"attn_implementation": "eager"} if device == "cpu" else {}
    encoder = AutoModel.from_config(config, trust_remote_code=False, dtype=torch.float32, **plain)
    return without_pooler(encoder).to(device), config


def without_pooler(encoder: nn.Module) -> nn.Module:
    """BERT's pooler reads the first token only; we take the mean, so it would be weights that never learn."""
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None  # type: ignore[assignment]
    return encoder


def without_dropout(config: Any) -> None:
    """Set every kind of dropout that a configuration of transformers names to 0."""
    for key, value in config.to_dict().items():
        if "drop" in key and isinstance(value, float):
            setattr(config, key, 0.0)


def longest(config: Any, tokenizer: Any) -> int:
    """The most tokens that the encoder can place: RoBERTa and MPNet keep the first positions for themselves."""
    limit = int(tokenizer.model_max_length)
    positions = getattr(config, "max_position_embeddings", None)
    if isinstance(positions, int) and positions > 0:
        offset = 2 if config.model_type in OFFSET_POSITIONS else 0
        limit = min(limit, positions - offset)
    return limit


OFFSET_POSITIONS = {"roberta", "xlm-roberta", "xlm-roberta-xl", "camembert", "mpnet", "roberta-prelayernorm"}
