"""This folder's network for tables: numbers and codes of rows in, probabilities or numbers out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from table_mlp import Shape, TableMLP  # type: ignore[import-not-found]  # the file beside this one

Numbers = list[list[float]]
Codes = list[list[int]]


class Model:
    """What predict.py asks; ``numbers`` holds not-a-number where a cell is missing."""

    def __init__(self, folder: Path, about: Mapping[str, Any], labels: int) -> None:  # noqa: ARG002
        self.network = TableMLP(Shape.from_dict(about["shape"]))
        self.network.load_state_dict(load_file(folder / "model.safetensors"))
        self.network.eval()

    def probabilities(self, numbers: Numbers, codes: Codes) -> list[list[float]]:
        """One a label, a row."""
        found: list[list[float]] = self.network.probabilities(self._answers(numbers, codes)).tolist()
        return found

    def amounts(self, numbers: Numbers, codes: Codes) -> list[float]:
        """One a row, in the unit of the target."""
        found: list[float] = self.network.numbers(self._answers(numbers, codes))[:, 0].tolist()
        return found

    @torch.inference_mode()
    def _answers(self, numbers: Numbers, codes: Codes) -> torch.Tensor:
        values, flags = self.network.encoded(torch.tensor(numbers, dtype=torch.float64))
        found: torch.Tensor = self.network(values, flags, torch.tensor(codes, dtype=torch.long))
        return found
