"""What quick models say about training rows that they were not fitted on: the only fair ground to weigh them on."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.artefacts import arrays
from workbench.tasks.quick_members import FEW_ROWS, Job, Member, some
from workbench.tasks.table_blend import as_scores
from workbench.training.problem import Control, Reporter

FORMAT = 1  # of kept scores; a change of how they are computed makes it one more
FOLDS = 5
HELD_OUT = 0.2  # of the rows, where these are so many that one cut is enough
MOST_HELD_OUT = 10_000
Fold = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows as numbers: ``inputs`` (rows, columns), and ``truth``, which holds numbers of labels, or amounts in
    spreads from their centre."""

    inputs: NDArray[np.float64]
    truth: NDArray[Any]


def folds(rows: Rows, job: Job) -> list[Fold]:
    """Which rows to fit on and which to judge by, a pair a fold; none where a label has too few rows for that."""
    from sklearn.model_selection import KFold, ShuffleSplit

    count = len(rows.truth)
    if count < 2 * FOLDS:
        return []
    if count > FEW_ROWS:
        held_out = min(MOST_HELD_OUT, round(HELD_OUT * count))
        found: Iterator[Fold] = ShuffleSplit(1, test_size=held_out, random_state=job.seed).split(rows.inputs)
    elif job.labels:
        found = _stratified(rows.truth, job.seed)
    else:
        found = KFold(FOLDS, shuffle=True, random_state=job.seed).split(rows.inputs)
    return [(fit, judge) for fit, judge in found if not job.labels or len(np.unique(rows.truth[fit])) > 1]


def judged(among: list[Fold]) -> NDArray[np.int64]:
    """The rows that the folds judge by, in the order of ``scores``."""
    return np.concatenate([judge for _, judge in among])


def scores(
    member: Member, setting: float, rows: Rows, among: list[Fold], job: Job, cache: Path, reporter: Reporter
) -> NDArray[np.float64] | Control:
    """What the member with this setting says (judged rows, labels or 1); what the user asks for when that cuts it
    short. Kept by content: what was done before a pause is not done again."""
    control = reporter.control()
    if control in ("pause", "cancel"):
        return control
    key = _key(member, setting, rows, job)
    found = arrays.read(cache, key)
    if found is not None:
        return np.array(found["scores"])
    parts = []
    for fit, judge in among:
        picked = Rows(rows.inputs[fit], rows.truth[fit])
        model = fitted(member, setting, picked, replace(job, judged=True))
        parts.append(as_scores(model, rows.inputs[judge], job.labels))
        control = reporter.control()
        if control in ("pause", "cancel"):
            return control
    computed = np.concatenate(parts)
    arrays.write(cache, key, {"scores": computed})
    return computed


def fitted(member: Member, setting: float, rows: Rows, job: Job) -> Any:
    """The member's model, fitted on as many of the rows as it can bear; predicts with one core, always in one order."""
    picked = some(len(rows.truth), member.most_rows)
    model = member.build(setting, replace(job, rows=len(picked)))
    model.fit(rows.inputs[picked], rows.truth[picked])
    last = model.steps[-1][1]
    if hasattr(last, "n_jobs"):
        last.set_params(n_jobs=None)
    return model


def _stratified(truth: NDArray[np.int64], seed: int) -> Iterator[Fold]:
    """Every label spread over the folds as evenly as its rows allow."""
    order = np.random.default_rng(seed).permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    fold = np.empty(len(truth), dtype=np.int64)
    fold[order] = np.arange(len(truth)) % FOLDS
    return ((np.flatnonzero(fold != number), np.flatnonzero(fold == number)) for number in range(FOLDS))


def _key(member: Member, setting: float, rows: Rows, job: Job) -> str:
    libraries = [version(name) for name in ("scikit-learn", "numpy", "scipy")]
    basis = (FORMAT, member.name, setting, job.columns.to_dict(), job.labels, job.seed, rows.inputs.shape, libraries)
    digest = hashlib.sha256(repr(basis).encode("utf-8", "surrogatepass"))
    for array in (rows.inputs, rows.truth):
        digest.update(np.ascontiguousarray(array).tobytes())
    return f"quick-{digest.hexdigest()[:32]}"
