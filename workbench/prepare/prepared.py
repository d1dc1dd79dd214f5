"""From a table as it was imported to the rows that are trained on: roles, cleaning, split, and a report of it all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from workbench import recipe
from workbench.errors import DataError
from workbench.prepare.roles import Roles, choose_columns
from workbench.prepare.splits import Split, split_table
from workbench.prepare.step import PrepareStep


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did. ``step`` is its name in the recipe, empty for what happens without being asked for."""

    step: str
    title: str
    rows_before: int
    rows_after: int
    cells_changed: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """Rows as they are trained on; ``class_counts`` counts the prepared rows of each label, the largest first.

    ``dropped`` maps the title of a step to the source rows that it dropped.
    """

    split: Split
    report: tuple[StepReport, ...]
    class_counts: Mapping[str, int]
    dropped: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A table after its cleaning, not yet split; ``report`` and ``dropped`` as in ``Prepared``."""

    rows: pd.DataFrame
    report: tuple[StepReport, ...]
    dropped: Mapping[str, Sequence[int]]


def prepare_table(
    table: pd.DataFrame, roles: Roles, steps: Sequence[PrepareStep], shares: recipe.Split, seed: int
) -> Prepared:
    """Choose the columns, drop rows without a label, apply the steps in order, split.

    Raises DataError when a column is not in the table (naming the nearest that is), or when no rows are left.
    """
    cleaned = clean_table(table, roles, steps)
    rows = cleaned.rows
    if rows.empty:
        emptied = next((line for line in cleaned.report if line.rows_after == 0), None)
        raise DataError(
            f"no rows are left after the preparation ({len(table):,} before it)",
            where=f"step '{emptied.title}'" if emptied else "",
            remedy="Check which columns play which role, or take this step out.",
            code="PREP-01",
        )
    counts = Counter(rows[roles.target].tolist()) if roles.target else Counter()
    return Prepared(
        split=split_table(rows, roles.target, shares, seed),
        report=cleaned.report,
        class_counts=dict(counts.most_common()),
        dropped=cleaned.dropped,
    )


def clean_table(table: pd.DataFrame, roles: Roles, steps: Sequence[PrepareStep]) -> Cleaned:
    """Rename the columns to their roles and apply all steps, noting what each of them did.

    Rows whose label is empty or only white space are dropped first and counted: they must never become a class.
    """
    rows = choose_columns(table, roles.columns)
    report: list[StepReport] = []
    dropped: dict[str, list[int]] = {}

    def note(step: str, title: str, after: pd.DataFrame) -> pd.DataFrame:
        """Report how ``rows`` became ``after``."""
        changed = sum(int((rows.loc[after.index, name] != after[name]).sum()) for name in roles.columns)
        report.append(StepReport(step, title, len(rows), len(after), changed))
        if len(after) < len(rows):
            dropped.setdefault(title, []).extend(rows.index.difference(after.index).tolist())
        return after

    if roles.target is not None:
        labelled = rows[[bool(label.strip()) for label in rows[roles.target].tolist()]]
        if len(labelled) < len(rows):
            rows = note("", "Rows without a label", labelled)
    for step in steps:
        rows = note(step.step, step.title, step.apply(rows, roles))
    return Cleaned(rows, tuple(report), dropped)
