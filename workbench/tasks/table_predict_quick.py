"""This folder's models for tables: numbers and codes of rows in, probabilities or numbers out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import table_blend  # type: ignore[import-not-found]  # the file beside this one
from numpy.typing import NDArray
from skops import io

Numbers = list[list[float]]
Codes = list[list[int]]


class Model:
    """What predict.py asks; ``numbers`` holds not-a-number where a cell is missing."""

    def __init__(self, folder: Path, about: Mapping[str, Any], labels: int) -> None:
        self.about, self.labels = about, labels
        self.models = [
            io.load(folder / f"{name}.skops", trusted=list(table_blend.TRUSTED)) for name in about["members"]
        ]

    def probabilities(self, numbers: Numbers, codes: Codes) -> list[list[float]]:
        """One a label, a row."""
        scores = self._scores(numbers, codes)
        found = table_blend.probabilities(scores, self.about["weights"], self.about["sharpness"])
        answers: list[list[float]] = found.tolist()
        return answers

    def amounts(self, numbers: Numbers, codes: Codes) -> list[float]:
        """One a row, in the unit of the target."""
        scores, about = self._scores(numbers, codes), self.about
        found: list[float] = table_blend.amounts(scores, about["weights"], about["centre"], about["spread"]).tolist()
        return found

    def _scores(self, numbers: Numbers, codes: Codes) -> NDArray[np.float64]:
        """What each model says (models, rows, labels or 1)."""
        inputs = np.column_stack(
            [np.asarray(numbers).clip(-table_blend.LIMIT, table_blend.LIMIT), np.asarray(codes, dtype=np.float64)]
        )
        return np.stack([table_blend.as_scores(model, inputs, self.labels) for model in self.models])
