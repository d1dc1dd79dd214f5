"""Splits that are not simply random: by group, by time, by a column that names the parts, and into folds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.prepare.dates import seconds
from workbench.prepare.splits import PARTS, assign, check_parts

_TRAIN, _VALIDATION, _TEST = range(len(PARTS))
_NAMES = {
    **dict.fromkeys(("train", "training", "trn", "训练", "训练集"), _TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev", "验证", "验证集"), _VALIDATION),
    **dict.fromkeys(("test", "testing", "tst", "eval", "holdout", "测试", "测试集"), _TEST),
}


def names_a_part(cell: str) -> bool:
    """Is it a name of the training, validation or test part?"""
    return cell.strip().casefold() in _NAMES


def by_column(cells: pd.Series, labels: Sequence[str] | None, shares: tuple[float, ...], seed: int) -> NDArray[np.int8]:
    """The part that each cell names ("train", "dev", "Test", …). Where no cell names a validation part, it is taken
    from training in the shares' proportion. Raises DataError at the first cell that names none, and for no test rows.
    """
    named = cells.str.strip().str.casefold().map(_NAMES)
    unknown = cells[named.isna()]
    if len(unknown):
        raise DataError(
            f"'{str(unknown.iloc[0])[:40]}' is no part of a split ({len(unknown):,} such rows)",
            where=f'row {int(unknown.index[0]) + 1}, column "{cells.name}"',
            remedy="Every row must say train, validation or test; choose another column, or split at random.",
            code="SPLIT-03",
        )
    parts = np.asarray(named, dtype=np.int8)
    if not (parts == _VALIDATION).any():
        train = np.flatnonzero(parts == _TRAIN)
        inner = (1 - shares[1] / (shares[0] + shares[1]), shares[1] / (shares[0] + shares[1]))
        kept = None if labels is None else [labels[row] for row in train.tolist()]
        parts[train[assign(len(train), kept, inner, seed) == 1]] = _VALIDATION
    remedy = "Name rows for every part, at least train and test, or split at random."
    check_parts(parts, len(PARTS), f"the column '{cells.name}' names the parts so", remedy)
    return parts


def by_time(cells: pd.Series, shares: tuple[float, ...]) -> NDArray[np.int8]:
    """The oldest rows are train, the newest test; rows of one moment stay in their order. Raises DataError for a cell
    that is neither a number nor a date."""
    order = np.argsort(seconds(cells), kind="stable")
    ends = np.round(np.cumsum(shares)[:-1] * len(cells)).astype(int)
    parts = np.empty(len(cells), dtype=np.int8)
    for part, rows in enumerate(np.split(order, ends)):
        parts[rows] = part
    check_parts(parts, len(PARTS), "there are so few rows", "Add rows, or give the parts more equal shares.")
    return parts


def by_group(
    groups: Sequence[str], labels: Sequence[str] | None, shares: tuple[float, ...], seed: int
) -> NDArray[np.int8]:
    """Rows of one group share a part; the parts come as close to their shares of every label as whole groups allow.

    Greedy: the largest groups first (equal ones in random order), each to the part that lacks most of what it holds.
    Raises DataError when there are fewer groups than parts.
    """
    names, members = np.unique(np.asarray(groups, dtype=object).astype(str), return_inverse=True)
    kinds = np.zeros(len(groups), dtype=int) if labels is None else np.unique(labels, return_inverse=True)[1]
    counts = np.zeros((len(names), int(kinds.max(initial=0)) + 1))
    np.add.at(counts, (members, kinds), 1)
    wanted = np.asarray(shares)[:, None] * counts.sum(axis=0)
    sizes = counts.sum(axis=1)
    order = np.lexsort((np.random.default_rng(seed).random(len(names)), -sizes))
    missing = wanted.copy()
    chosen = np.empty(len(names), dtype=np.int8)
    empty = np.ones(len(shares), dtype=bool)
    for left, group in zip(range(len(names), 0, -1), order, strict=True):
        lacks = (missing / np.maximum(wanted, 1e-9)) @ counts[group]
        if left <= empty.sum():  # the last groups are for the parts that have none
            lacks[~empty] = -np.inf
        chosen[group] = part = int(np.argmax(lacks))
        missing[part] -= counts[group]
        empty[part] = False
    parts: NDArray[np.int8] = chosen[members]
    remedy = "Choose a column with more different values, fewer folds, or split at random."
    check_parts(parts, len(shares), f"there are so few groups ({len(names):,})", remedy)
    return parts


def by_fold(
    count: int,
    labels: Sequence[str] | None,
    groups: Sequence[str] | None,
    folds: int,
    fold: int,
    shares: tuple[float, ...],
    seed: int,
) -> NDArray[np.int8]:
    """Cut into ``folds`` equal parts, of which number ``fold`` is the test; validation is taken from the rest in the
    shares' proportion. The folds of one seed are the same whichever of them is asked for."""
    equal = (1 / folds,) * folds
    cut = assign(count, labels, equal, seed, teach=False) if groups is None else by_group(groups, labels, equal, seed)
    parts = np.full(count, _TEST, dtype=np.int8)
    rest = np.flatnonzero(cut != fold)
    inner = (shares[0] / (shares[0] + shares[1]), shares[1] / (shares[0] + shares[1]))
    kept = None if labels is None else [labels[row] for row in rest.tolist()]
    if groups is None:
        parts[rest] = assign(len(rest), kept, inner, seed)
    else:
        parts[rest] = by_group([groups[row] for row in rest.tolist()], kept, inner, seed)
    return parts
