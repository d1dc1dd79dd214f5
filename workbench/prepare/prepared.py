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
    """Rows as they are trained on; ``class_counts`` counts the prepared rows of each label, the largest first."""

    split: Split
    report: tuple[StepReport, ...]
    class_counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A table before and after its cleaning; ``dropped`` maps each row that is gone to the title of its step."""

    before: pd.DataFrame
    rows: pd.DataFrame
    report: tuple[StepReport, ...]
    dropped: Mapping[int, str]


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
    )


def clean_table(table: pd.DataFrame, roles: Roles, steps: Sequence[PrepareStep]) -> Cleaned:
    """Rename the columns to their roles and apply all steps, noting what each of them did.

    Rows whose label is empty or only white space are dropped first and counted: they must never become a class.
    """
    before = rows = choose_columns(table, roles.columns)
    report: list[StepReport] = []
    dropped: dict[int, str] = {}
    if roles.target is not None:
        rows = before[[bool(label.strip()) for label in before[roles.target].tolist()]]
        if len(rows) < len(before):
            report.append(StepReport("", "Rows without a label", len(before), len(rows), 0))
            dropped.update(dict.fromkeys(before.index.difference(rows.index).tolist(), "Rows without a label"))
    for step in steps:
        after = step.apply(rows, roles)
        changed = sum(int((rows.loc[after.index, name] != after[name]).sum()) for name in roles.columns)
        report.append(StepReport(step.step, step.title, len(rows), len(after), changed))
        dropped.update(dict.fromkeys(rows.index.difference(after.index).tolist(), step.title))
        rows = after
    return Cleaned(before=before, rows=rows, report=tuple(report), dropped=dropped)
