"""Networks for rows of a table: numbers and embedded categories through several small networks that answer together.

Needs torch alone, since exported models carry this file.
"""

import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}
LIMIT = 1e30  # of a number, so that it can be kept in single precision
FAR = 3.0  # spreads from the centre: what lies further out is drawn in, smoothly


@dataclass(frozen=True, slots=True)
class Shape:
    """``numbers`` columns of numbers; ``flags`` are the places of those that had missing cells, which the network is
    told of; ``sizes`` how many codes each category has, the unknown one among them; ``outputs`` a row's answers.

    ``members`` small networks of ``layers`` hidden layers of ``width`` learn side by side.
    """

    numbers: int
    flags: tuple[int, ...]
    sizes: tuple[int, ...]
    outputs: int
    layers: int = 2
    width: int = 128
    activation: str = "gelu"
    dropout: float = 0.2
    members: int = 8

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Shape":
        """What ``asdict`` made, also after JSON. Raises TypeError when it is something else."""
        kept: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in content.items()}
        return cls(**kept)


class TableMLP(nn.Module):
    """Numbers are centred on the median, divided by their spread and drawn in smoothly (the preprocessing of RealMLP,
    Holzmüller and others, 2024, https://arxiv.org/abs/2407.04491); categories become learned vectors. The members share
    these vectors and nothing else; what they say on average is better than what one of them says.
    """

    centre: Tensor
    spread: Tensor
    answer_centre: Tensor
    answer_spread: Tensor

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        self.shape = shape
        self.register_buffer("centre", torch.zeros(shape.numbers))
        self.register_buffer("spread", torch.ones(shape.numbers))
        self.register_buffer("answer_centre", torch.zeros(shape.outputs))
        self.register_buffer("answer_spread", torch.ones(shape.outputs))
        widths = [embedding_width(size) for size in shape.sizes]
        self.embeddings = nn.ParameterList(
            torch.randn(size, width, generator=draw) / math.sqrt(width)
            for size, width in zip(shape.sizes, widths, strict=True)
        )
        inputs = shape.numbers + len(shape.flags) + sum(widths)
        sides = [inputs, *[shape.width] * shape.layers]
        self.hidden = nn.ModuleList(
            _Layers(shape.members, before, after, draw) for before, after in itertools.pairwise(sides)
        )
        self.answer = _Layers(shape.members, sides[-1], shape.outputs, draw)

    def encoded(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers in double precision (rows, numbers), missing ones not-a-number, as the network takes them: centred
        and drawn in, the median where one is missing; and a flag for each column that had missing cells."""
        missing = numbers.isnan()
        centre, spread = self.centre.double().cpu(), self.spread.double().cpu()
        values = (torch.where(missing, centre, numbers.clamp(-LIMIT, LIMIT)) - centre) / spread
        values = values.clamp(-1e6, 1e6)
        values = values / (1 + (values / FAR).square()).sqrt()
        return values.float(), missing[:, list(self.shape.flags)].float()

    def forward(self, values: Tensor, flags: Tensor, codes: Tensor) -> Tensor:
        """Answers of every member (members, rows, outputs); ``codes`` are integers (rows, categories)."""
        vectors = [vectors[codes[:, place]] for place, vectors in enumerate(self.embeddings)]
        state = torch.cat([values, flags, *vectors], dim=1).expand(self.shape.members, -1, -1)
        for layer in self.hidden:
            state = functional.dropout(
                ACTIVATIONS[self.shape.activation](layer(state)), self.shape.dropout, self.training
            )
        answers: Tensor = self.answer(state)
        return answers

    def probabilities(self, answers: Tensor) -> Tensor:
        """What the members believe on average (rows, outputs)."""
        return answers.double().softmax(dim=-1).mean(dim=0)

    def numbers(self, answers: Tensor) -> Tensor:
        """The members' mean answer in the target's own unit (rows, outputs)."""
        return answers.double().mean(dim=0) * self.answer_spread.double() + self.answer_centre.double()


class _Layers(nn.Module):
    """One linear layer a member, computed together."""

    def __init__(self, members: int, inputs: int, outputs: int, draw: torch.Generator) -> None:
        super().__init__()
        limit = 1 / math.sqrt(max(inputs, 1))
        self.weight = nn.Parameter((2 * torch.rand(members, inputs, outputs, generator=draw) - 1) * limit)
        self.bias = nn.Parameter(torch.zeros(members, 1, outputs))

    def forward(self, inputs: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, inputs, self.weight)


def embedding_width(size: int) -> int:
    """How long the vectors of a category with so many codes are: the rule of fastai, at most 32."""
    return min(32, round(1.6 * math.pow(size, 0.56)))


def centre_and_spread(numbers: Tensor) -> tuple[Tensor, Tensor]:
    """Of the known numbers in each column (rows, columns): their median, and their interquartile range in units of a
    standard normal's; where half of them are equal, their standard deviation; 1 where all are."""
    found = [_one_column(column) for column in numbers.T]
    centre, spread = zip(*found, strict=True) if found else ((), ())
    return torch.tensor(centre), torch.tensor(spread)


def _one_column(column: Tensor) -> tuple[float, float]:
    known = column[~column.isnan()].clamp(-LIMIT, LIMIT)
    if not len(known):
        return 0.0, 1.0
    low, middle, high = (known.quantile(share).item() for share in (0.25, 0.5, 0.75))
    spread = (high - low) / 1.349 or known.std(correction=0).item()
    return middle, spread if spread > 0 and math.isfinite(spread) else 1.0
