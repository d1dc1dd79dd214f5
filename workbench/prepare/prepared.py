"""From a table as it was imported to the rows that are trained on: cleaning, split, and a report of it all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench import recipe
from workbench.errors import DataError
from workbench.prepare.roles import Roles, under_roles
from workbench.prepare.splits import PARTS, Split, check_parts, divide, in_parts
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import IMAGE_FUNCTIONS, Transform, apply


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did. ``step`` is its name in the recipe, empty for what happens without being asked for."""

    step: str
    title: str
    rows_before: int
    rows_after: int
    cells_changed: int
    columns_added: int = 0


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows as they are trained on; ``class_counts`` counts the prepared rows of each label, the largest first.

    ``dropped`` maps the title of a step to the source rows that it dropped. ``transforms`` are what was done to the
    cells that a model reads, and is done to those of new rows; ``features`` are the columns that these began with.
    """

    split: Split
    report: tuple[StepReport, ...]
    class_counts: Mapping[str, int]
    dropped: Mapping[str, Sequence[int]]
    transforms: tuple[Transform, ...] = ()
    features: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A table after all steps under its original columns; ``parts`` is the part of each row, as in ``splits``, and None
    when no step had to know it.

    ``began`` are the features before the steps, ``roles`` knows those after them.
    """

    rows: pd.DataFrame
    roles: Roles
    began: tuple[str, ...]
    parts: NDArray[np.int8] | None
    report: tuple[StepReport, ...]
    dropped: Mapping[str, Sequence[int]]
    transforms: tuple[Transform, ...]


def prepare_table(
    table: pd.DataFrame, roles: Roles, steps: Sequence[PrepareStep], shares: recipe.Split, seed: int
) -> Prepared:
    """Drop rows without a label, apply the steps in order, split, and choose the columns that play a role.

    Raises DataError when a column is not in the table (naming the nearest that is), or when no rows are left.
    """
    cleaned = clean_table(table, roles, steps, shares, seed)
    parts = cleaned.parts
    if parts is None or cleaned.rows.empty:
        parts = _divided(cleaned.rows, table, cleaned.roles, shares, seed, cleaned.report)
    check_parts(parts, len(PARTS), "the preparation drops so many rows", "Take out a step that drops rows.")
    rows = under_roles(cleaned.rows, cleaned.roles)
    counts = Counter(rows[roles.target].tolist()) if roles.target and roles.classes else Counter()
    return Prepared(
        split=in_parts(rows, parts),
        report=cleaned.report,
        class_counts=dict(counts.most_common()),
        dropped=cleaned.dropped,
        transforms=tuple(transform for transform in cleaned.transforms if transform.column != roles.label),
        features=cleaned.began,
    )


def clean_table(
    table: pd.DataFrame, roles: Roles, steps: Sequence[PrepareStep], shares: recipe.Split, seed: int
) -> Cleaned:
    """Apply all steps, noting what each of them did.

    Rows whose label is empty or only white space are dropped first and counted: they must never become a class (unless
    an empty one is an answer). The rows are divided before the first step that learns from them, so that it sees the
    training part only.
    """
    roles = roles.settled(table, [shares.column] if shares.column and shares.method != "time" else [])
    rows, began = table, roles.features or ()
    parts: NDArray[np.int8] | None = None
    report: list[StepReport] = []
    dropped: dict[str, list[int]] = {}
    done: list[Transform] = []

    def keep(step: str, title: str, marks: NDArray[np.bool_]) -> None:
        nonlocal rows, parts
        report.append(StepReport(step, title, len(rows), int(marks.sum()), 0))
        if not marks.all():
            dropped.setdefault(title, []).extend(rows.index[~marks].tolist())
            rows, parts = rows[marks], None if parts is None else parts[marks]

    if roles.label is not None and not roles.blank:
        labelled = rows[roles.label].str.strip().ne("").to_numpy(dtype=bool)
        if not labelled.all():
            keep("", "Rows without a label", labelled)
    for step in steps:
        _check_target(step, roles)
        if step.learns and parts is None:
            parts = _divided(rows, table, roles, shares, seed, report)
        train = np.ones(len(rows), dtype=bool) if parts is None else parts == PARTS.index("train")
        if step.drops_rows:
            keep(step.step, step.title, step.keeps(rows, roles, train))
            continue
        made = step.transforms(rows[train], roles)
        _check_new_columns(step, rows, roles, made)
        after = apply(rows, made)
        report.append(_changed(step, rows, after, made))
        done += made
        rows, roles = after, _with_new_columns(roles, rows, after)
    return Cleaned(rows, roles, began, parts, tuple(report), dropped, tuple(done))


def _divided(
    rows: pd.DataFrame,
    table: pd.DataFrame,
    roles: Roles,
    shares: recipe.Split,
    seed: int,
    report: Sequence[StepReport],
) -> NDArray[np.int8]:
    """The part of each row. The column of the split is read as it was imported, also when a step left it out or
    changed it. Raises DataError naming the step that left no rows."""
    if not rows.empty:
        if shares.column in table.columns and shares.column != roles.label:
            rows = rows.assign(**{str(shares.column): table.loc[rows.index, shares.column]})
        return divide(rows, roles.classes, shares, seed)
    emptied = next((line for line in report if line.rows_after == 0), None)
    raise DataError(
        f"no rows are left after the preparation ({len(table):,} before it)",
        where=f"step '{emptied.title}'" if emptied else "",
        remedy="Check which columns play which role, or take this step out.",
        code="PREP-01",
    )


def _check_target(step: PrepareStep, roles: Roles) -> None:
    """Raise DataError where a step for features names the target: its values are the answers."""
    if step.needs == "features" and roles.label is not None and roles.label in getattr(step, "columns", ()):
        raise DataError(
            f"the column '{roles.label}' holds the answers, which stay as they are",
            where=f"step '{step.title}'",
            remedy="Take it out of the step's columns.",
            code="PREP-05",
        )


def _changed(step: PrepareStep, before: pd.DataFrame, after: pd.DataFrame, made: Sequence[Transform]) -> StepReport:
    """How many cells of columns that are in both differ; of a column of images, all count."""
    both = [
        name for name in {transform.column for transform in made} if name in before.columns and name in after.columns
    ]
    cells = sum(int((before[name] != after[name]).sum()) for name in both)
    cells += sum(len(before) for transform in made if transform.function in IMAGE_FUNCTIONS)
    added = len([name for name in after.columns if name not in before.columns])
    return StepReport(step.step, step.title, len(before), len(after), cells, added)


def _check_new_columns(step: PrepareStep, rows: pd.DataFrame, roles: Roles, made: Sequence[Transform]) -> None:
    """Raises DataError when a column that the step makes would have the name of another one."""
    taken = {*map(str, rows.columns), *roles.columns}
    for transform in made:
        for name in transform.into or ():
            if name in taken and name != transform.column:
                raise DataError(
                    f"the column '{name}' that it makes of '{transform.column}' is there already",
                    where=f"step '{step.title}'",
                    remedy=f"Rename the column '{name}' in the file, or leave '{transform.column}' out of this step.",
                    code="PREP-04",
                )
            taken.add(name)


def _with_new_columns(roles: Roles, before: pd.DataFrame, after: pd.DataFrame) -> Roles:
    """The features after a step: those that are left, and every column that the step made."""
    if roles.features is None or before.columns.equals(after.columns):
        return roles
    fresh = set(after.columns) - set(before.columns)
    return replace(roles, features=tuple(str(c) for c in after.columns if c in fresh or c in roles.features))
