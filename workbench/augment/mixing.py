"""Mixing a sample with another one of the training part: who the other is, and how much of each."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from workbench.augment.draws import Floats, Rows, uniforms
from workbench.augment.step import Strength

_PARTNER = -1  # the position from which partners are drawn: no step has it
_TRIES = 32
DRAWS = 1 + 2 * _TRIES  # numbers that ``shares`` needs a sample

Share = Annotated[float, Field(ge=0, le=1)]  # how many samples are mixed, and how evenly (``shares`` takes both)
MIXUP_PRESETS: Mapping[Strength, Mapping[str, Any]] = {
    "gentle": {"chance": 0.25, "alpha": 0.1},
    "strong": {"chance": 1.0, "alpha": 0.4},
}


def partners(seed: int, epoch: int, rows: Rows, among: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row another of the rows ``among`` (the whole training part), drawn with equal chances."""
    all_rows = np.asarray(among, dtype=np.int64)
    drawn = uniforms(seed, epoch, rows, _PARTNER, 1)[:, 0]
    return all_rows[(drawn * len(all_rows)).astype(np.int64)]


def shares(drawn: Floats, chance: float, alpha: float) -> Floats:
    """How much of itself each sample keeps: 1 where it is not mixed, else drawn from Beta(alpha, alpha).

    ``drawn`` has shape (samples, DRAWS). By Jöhnk's method (1964) for alpha up to 1, which takes the first of several
    tries that fits; that none of 32 fits has a chance below 2**-32, and then the sample is not mixed.
    """
    first, second = np.split(drawn[:, 1:] ** (1 / max(alpha, 1e-9)), 2, axis=1)
    total = first + second
    fits = (total <= 1) & (total > 0)
    place = fits.argmax(axis=1)
    at = np.arange(len(drawn)), place
    mixed = (drawn[:, 0] < chance) & fits[at] & (alpha > 0)
    found: Floats = np.where(mixed, first[at] / np.where(mixed, total[at], 1), 1.0)
    return found
