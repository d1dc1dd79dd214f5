"""Training, validation and test rows: reproducible, in the asked shares, with every label where it is needed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import recipe
from workbench.errors import DataError
from workbench.prepare.roles import check_column

PARTS = ("train", "validation", "test")
_TRAIN = 0


@dataclass(frozen=True, slots=True)
class Split:
    """Prepared rows in three parts; columns bear the names of the task's roles, the index is the source row."""

    train: pd.DataFrame
    validation: pd.DataFrame
    test: pd.DataFrame


def split_table(rows: pd.DataFrame, label: str | None, shares: recipe.Split, seed: int) -> Split:
    """``rows`` in their parts, as ``divide`` divides them."""
    return in_parts(rows, divide(rows, label, shares, seed))


def in_parts(rows: pd.DataFrame, parts: NDArray[np.int8]) -> Split:
    """``rows`` in the parts that are given for each of them."""
    return Split(*(rows[parts == part] for part in range(len(PARTS))))


def divide(rows: pd.DataFrame, label: str | None, shares: recipe.Split, seed: int) -> NDArray[np.int8]:
    """The part (0 train, 1 validation, 2 test) of each row, by the method that ``shares`` names; ``label`` is the
    column of the labels. Raises DataError when a part would be empty, or when the split's column cannot be used.
    """
    from workbench.prepare import split_methods

    column = shares.column or ""
    if shares.method != "random":
        check_column(column, [str(name) for name in rows.columns], " for the split")
    labels = None if label is None else rows[label].tolist()
    wanted = (shares.train, shares.validation, shares.test)
    if shares.method == "column":
        return split_methods.by_column(rows[column], labels, wanted, seed)
    if shares.method == "time":
        return split_methods.by_time(rows[column], wanted)
    kept = labels if shares.stratify else None
    groups = rows[column].tolist() if shares.method == "group" else None
    if shares.folds:
        return split_methods.by_fold(len(rows), kept, groups, shares.folds, shares.fold or 0, wanted, seed)
    if groups is not None:
        return split_methods.by_group(groups, kept, wanted, seed)
    return assign(len(rows), labels, wanted, seed, stratify=shares.stratify)


def assign(
    count: int,
    labels: Sequence[str] | None,
    shares: tuple[float, ...],
    seed: int,
    *,
    stratify: bool = True,
    teach: bool = True,
) -> NDArray[np.int8]:
    """The part (0 train, 1 validation, 2 test, or as many as there are ``shares``) of each of ``count`` rows; a pure
    function of its arguments.

    Every label is present in train, and in every part if it has as many rows as there are parts and ``stratify`` is
    on; but for that, each label's counts differ from its shares by less than one row. Raises DataError when there are
    so few rows that a part would be empty. Without ``teach`` no part is preferred, and a rare label may be missing
    from any of them.
    """
    if count < len(shares):
        what = "training, validation and test" if len(shares) == len(PARTS) else f"{len(shares)} parts"
        raise DataError(
            f"only {count} {'row is' if count == 1 else 'rows are'} left, too few for {what}",
            remedy="Add rows, or take out a preparation step that drops them.",
            code="SPLIT-01",
        )
    # rng.random is the most stable of numpy's streams: sorting by it, unlike shuffle, is the same in every version.
    order = np.argsort(np.random.default_rng(seed).random(count), kind="stable")
    groups = _groups(labels, order) if labels is not None and stratify else [order]
    parts = np.empty(count, dtype=np.int8)
    wanted = np.asarray(shares, dtype=float)
    owed = np.zeros(len(shares))
    for group in groups:
        quota = len(group) * wanted
        sizes = _largest_remainder(quota, owed, len(group))
        sizes = _everywhere(sizes, owed) if teach else sizes
        owed += quota - sizes
        parts[group] = np.repeat(np.arange(len(shares), dtype=np.int8), sizes)
    if labels is not None and teach:
        _teach_every_label(parts, labels, order)
    check_parts(parts, len(shares), "the labels have so few rows" if labels is not None else "there are so few rows")
    return parts


def check_parts(
    parts: NDArray[np.int8],
    count: int,
    why: str,
    remedy: str = "Add rows of each label, or merge rare labels into one.",
) -> None:
    """Raises DataError when one of ``count`` parts has no rows; ``why`` begins the sentence ("so few rows")."""
    names = PARTS if count == len(PARTS) else [f"part {part + 1}" for part in range(count)]
    empty = [name for part, name in enumerate(names) if not (parts == part).any()]
    if empty:
        raise DataError(
            f"{why} that none is left for {' and '.join(empty)}",
            remedy=remedy,
            code="SPLIT-02",
        )


def _groups(labels: Sequence[str], order: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """The shuffled rows of each label, the largest label first, so that small ones settle what is still owed."""
    members: dict[str, list[int]] = {}
    for row in order.tolist():
        members.setdefault(labels[row], []).append(row)
    ordered = sorted(members.items(), key=lambda item: (-len(item[1]), item[0]))
    return [np.asarray(rows, dtype=np.intp) for _, rows in ordered]


def _largest_remainder(quota: NDArray[np.float64], owed: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Whole numbers next to ``quota`` that add up to ``count``.

    What is left after rounding down goes to the largest remainders; ``owed``, what earlier labels left undone,
    counts too, so that many small labels do not all favour the same part.
    """
    sizes = np.floor(quota + 1e-9).astype(np.int64)
    remainders = np.where(quota - sizes > 1e-9, quota - sizes + owed, -np.inf)
    for part in np.argsort(-remainders, kind="stable")[: count - int(sizes.sum())]:
        sizes[part] += 1
    return sizes


def _everywhere(sizes: NDArray[np.int64], owed: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give an empty part one row of the largest: train first, then the part that is owed most."""
    sizes = sizes.copy()
    for part in (_TRAIN, *sorted(range(1, len(sizes)), key=lambda part: -owed[part])):
        largest = int(np.argmax(sizes))
        if sizes[part] == 0 and (sizes[largest] > 1 or part == _TRAIN):
            sizes[largest] -= 1
            sizes[part] += 1
    return sizes


def _teach_every_label(parts: NDArray[np.int8], labels: Sequence[str], order: NDArray[np.intp]) -> None:
    """Move one row of each label that training would never see into train (a split that is not stratified)."""
    known = {labels[row] for row in np.flatnonzero(parts == _TRAIN).tolist()}
    for row in order.tolist():
        if labels[row] not in known:
            known.add(labels[row])
            parts[row] = _TRAIN
