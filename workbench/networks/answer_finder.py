"""A pretrained encoder of texts with a small layer on top that scores every word piece as begin and end of an answer.

After Devlin et al., BERT (arXiv:1810.04805), section 4.2 and 4.3: question and context are read as one, and the first
token stands for "there is no answer here".
"""

import torch
from torch import nn

from workbench.networks.text_encoder import SCALE, head


class AnswerFinder(nn.Module):
    """Tokens to scores of begin and end: encoder, states brought to length 1, times ``SCALE``, one linear layer."""

    scale = SCALE

    def __init__(self, encoder: nn.Module, width: int, seed: int = 0) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head(width, 2, seed)

    @property
    def tells_parts(self) -> bool:
        """Does the encoder have an embedding for the second of two texts?"""
        return int(getattr(self.encoder.config, "type_vocab_size", 0) or 0) > 1

    def embed(self, ids: torch.Tensor, mask: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        """One vector of length 1 a word piece, (windows, pieces, width), in fp32; ``parts`` is 1 from where the context
        begins."""
        told = {"token_type_ids": parts} if self.tells_parts else {}
        states = self.encoder(input_ids=ids, attention_mask=mask, **told).last_hidden_state
        return nn.functional.normalize(states.float(), dim=-1)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, parts: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(self.embed(ids, mask, parts) * SCALE)
        return scores
