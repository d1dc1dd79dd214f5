"""Word embeddings of which only the rows that can learn are trained: those whose word pieces the texts contain."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.functional import embedding

WORTH = 0.7  # of all rows; above this share the whole table is trained


class PartlyTrained(nn.Module):
    """The rows ``used`` are the parameter ``rows``; all others stay as they are, and are not saved in checkpoints.

    A row that no training text contains has no gradient, so little is lost: weight decay on rows that were never read,
    and those few word pieces that only augmented versions of the texts contain (a byte-level tokenizer may cut a word
    that has become the first one differently), which are read but do not learn. A dense table makes every step pay
    for all rows: gradients to clear, norms, two moments. On short texts with a table of 30,522 rows that was
    nearly half of a step, and on multilingual models it is most of the memory.
    """

    table: torch.Tensor
    slots: torch.Tensor

    def __init__(self, table: torch.Tensor, used: NDArray[np.int64]) -> None:
        super().__init__()
        rows = torch.from_numpy(used).to(table.device)  # the network may have moved already: all stays where it is
        slots = torch.full((len(table),), -1, dtype=torch.int64, device=table.device)
        slots[rows] = torch.arange(len(used), device=table.device)
        self.rows = nn.Parameter(table[rows].clone())
        self.register_buffer("table", table.detach(), persistent=False)
        self.register_buffer("slots", slots, persistent=False)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        slots = self.slots[ids]
        known = (slots >= 0).unsqueeze(-1)
        return torch.where(known, embedding(slots.clamp(min=0), self.rows), embedding(ids, self.table))

    def whole(self) -> torch.Tensor:
        """The table with the trained rows in their places."""
        table = self.table.clone()
        table[self.slots >= 0] = self.rows.detach()
        return table


def train_only(encoder: nn.Module, used: NDArray[np.int64]) -> None:
    """Let only the rows ``used`` (ascending, without repetition) of the encoder's word embeddings learn."""
    words = encoder.get_input_embeddings()  # type: ignore[operator]
    if isinstance(words, nn.Embedding) and len(used) < WORTH * words.num_embeddings:
        encoder.set_input_embeddings(PartlyTrained(words.weight.detach(), used))  # type: ignore[operator]


def whole_state(module: nn.Module) -> dict[str, torch.Tensor]:
    """The module's weights under the names that they had before ``train_only``; tied ones once."""
    kept = module.state_dict().keys()
    named = [*module.named_parameters(), *module.named_buffers()]
    state = {name: tensor for name, tensor in named if name in kept}
    for name, part in module.named_modules():
        if isinstance(part, PartlyTrained):
            del state[f"{name}.rows"]
            state[f"{name}.weight"] = part.whole()
    return {name: tensor.detach().cpu().contiguous() for name, tensor in state.items()}
