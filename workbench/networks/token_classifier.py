"""A pretrained encoder of texts with a small layer on top that gives every word piece the scores of its tags."""

import torch
from torch import nn

from workbench.networks.text_encoder import SCALE, head


class TokenClassifier(nn.Module):
    """Tokens to tag scores: encoder, states brought to length 1, times ``SCALE``, one linear layer."""

    scale = SCALE

    def __init__(self, encoder: nn.Module, width: int, tags: int, seed: int = 0) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head(width, tags, seed)

    def embed(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """One vector of length 1 a word piece, (texts, pieces, width), in fp32."""
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return nn.functional.normalize(states.float(), dim=-1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(self.embed(ids, mask) * SCALE)
        return scores
