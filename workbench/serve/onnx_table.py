"""A network in model.onnx that reads tables. Exported models carry this file: onnxruntime and numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.serve.onnx_session import Session

Numbers = list[list[float]]
Codes = list[list[int]]


class Model:
    """What predict.py asks; ``numbers`` holds not-a-number where a cell is missing."""

    def __init__(self, folder: Path, about: Mapping[str, Any], labels: int) -> None:  # noqa: ARG002
        self.session = Session(folder)

    def probabilities(self, numbers: Numbers, codes: Codes) -> list[list[float]]:
        """One a label, a row."""
        found: list[list[float]] = self.answers(np.asarray(numbers), np.asarray(codes, dtype=np.int64)).tolist()
        return found

    def amounts(self, numbers: Numbers, codes: Codes) -> list[float]:
        """One a row, in the unit of the target."""
        found: list[float] = self.answers(np.asarray(numbers), np.asarray(codes, dtype=np.int64))[:, 0].tolist()
        return found

    def answers(self, numbers: NDArray[np.float64], codes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Probabilities (rows, labels) or numbers (rows, 1), from numbers (rows, numbers) and codes."""
        made: NDArray[np.float64] = self.session.run(numbers, codes)
        return made
