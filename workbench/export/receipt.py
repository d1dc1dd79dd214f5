"""What was proven of an exported model before it was handed over, and whether that is enough."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ModelError
from workbench.export.formats import Format

NAME = "receipt.json"
MOST_ROWS = 500  # held-out rows that are answered again
NAMED = 20  # of the rows that differ
PREDICTION, PROBABILITY, CONFIDENCE = "prediction", "probability_", "confidence"
TIED = 1e-4  # two answers whose probabilities are as near as this are equal to the model too


@dataclass(frozen=True, slots=True)
class Receipt:
    """``rows`` held-out rows (of ``split``) were answered again by the exported model, in a process of its own.

    ``agreement`` is the share with the original's answer, ``differing`` the numbers of others in the data (the first is
    1; at most 20). ``largest_difference`` is that of a probability, or of a number in standard deviations of all; None
    where there are neither. ``scores`` and ``per_class`` are the exported model's on these rows, ``original_…`` the
    original's. ``size_mb`` counts 10**6 bytes; ``latency_ms`` of one row has "p50" and "p95"; ``rows_per_second`` is in
    batches.
    """

    format: str
    split: str
    rows: int
    agreement: float
    limit: float
    differing: tuple[int, ...]
    largest_difference: float | None
    difference_limit: float
    scores: Mapping[str, float]
    original_scores: Mapping[str, float]
    per_class: Mapping[str, Mapping[str, float]]
    original_per_class: Mapping[str, Mapping[str, float]]
    size_mb: float
    latency_ms: Mapping[str, float]
    rows_per_second: float

    @property
    def proven(self) -> bool:
        """Does it answer as its format promises?"""
        near = self.largest_difference is None or self.largest_difference <= self.difference_limit
        return self.agreement >= self.limit and near

    def to_dict(self) -> dict[str, Any]:
        """As receipt.json and the command line carry it."""
        return {**asdict(self), "differing": list(self.differing)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Receipt":
        """Raises TypeError when ``content`` is not what ``to_dict`` made."""
        return cls(**{**content, "differing": tuple(content["differing"])})


def read(folder: Path) -> Receipt | None:
    """The receipt beside an exported model; None where there is none that can be read."""
    try:
        return Receipt.from_dict(json.loads((folder / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write(folder: Path, receipt: Receipt) -> None:
    (folder / NAME).write_text(json.dumps(receipt.to_dict(), indent=1, ensure_ascii=False), encoding="utf-8")


def refuse(receipt: Receipt, where: str) -> None:
    """Raise ModelError when the model does not answer as its format promises; it says in which rows."""
    if receipt.proven:
        return
    different = round((1 - receipt.agreement) * receipt.rows)
    what = (
        f"the exported model answers {different:,} of {receipt.rows:,} {receipt.split} rows otherwise than the original"
    )
    if receipt.differing:
        listed = ", ".join(map(str, receipt.differing))
        what += (
            f" ({'row' if len(receipt.differing) == 1 else 'rows'} {listed}{' …' * (different > NAMED)} of the data)"
        )
    if receipt.largest_difference is not None:
        what += f"; the largest difference is {receipt.largest_difference:.3g}"
    allowed = f"at most {1 - receipt.limit:.0%} may differ, by at most {receipt.difference_limit:g}"
    raise ModelError(
        f"{what}; {allowed}",
        where=where,
        remedy="It is not handed over. Choose another format; where even 'folder' is refused, train the model again.",
        code="EXPORT-01",
    )


def differences(
    format: Format, original: pd.DataFrame, exported: pd.DataFrame
) -> tuple[NDArray[np.bool_], float | None]:
    """Which rows are answered otherwise, and the largest difference of a probability (or of a number, in standard
    deviations of all). Both tables hold the same rows in the same order, in the columns of ``Predictions.table``."""
    first, second = original[PREDICTION], exported[PREDICTION]
    if first.dtype.kind == "f" and second.dtype.kind == "f":
        return _of_numbers(format, first.to_numpy(dtype=float), second.to_numpy(dtype=float))
    wrong = np.asarray([_plain(one) != _plain(other) for one, other in zip(first, second, strict=True)], dtype=bool)
    names = [name for name in original.columns if str(name).startswith(PROBABILITY)] or (
        [CONFIDENCE] if CONFIDENCE in original.columns else []
    )
    if not names:
        return wrong, None
    missing = [name for name in names if name not in exported.columns]
    if missing:
        return np.ones(len(original), dtype=bool), 1.0
    apart = np.abs(original[names].to_numpy(dtype=float) - exported[names].to_numpy(dtype=float))
    if len(names) > 1:
        best = np.sort(original[names].to_numpy(dtype=float), axis=1)
        wrong &= ~((best[:, -1] - best[:, -2] < TIED) & (apart.max(axis=1) < TIED))
    return wrong, float(apart.max(initial=0.0))


def _of_numbers(
    format: Format, first: NDArray[np.float64], second: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], float]:
    spread = float(first.std()) or 1.0
    apart = np.abs(first - second) / spread
    apart = np.where(np.isnan(apart), np.inf, apart)
    return apart > format.close, float(apart.max(initial=0.0))


def _plain(answer: object) -> object:
    """An answer as it is compared: files keep a list of pieces as an array of them."""
    if isinstance(answer, np.ndarray | Sequence) and not isinstance(answer, str):
        return [dict(piece) for piece in answer]
    return answer
