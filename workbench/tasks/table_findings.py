"""Findings about the columns of a table: nothing to learn from, what is left out and why, and answers among them."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.tasks import label_findings
from workbench.tasks.protocol import Finding, Split
from workbench.tasks.table_answers import TARGET
from workbench.tasks.table_columns import Understood, Why, amounts, understand

LEAST_ROWS, FEW_ROWS = 10, 50  # of training
SHOWN = 5  # names in a sentence

_LEFT_OUT: Mapping[Why, tuple[str, str]] = {
    "constant": ("holds the same in every row", "Nothing is lost."),
    "dates": ("holds dates, which the model cannot read as they are", "Add the preparation step 'Split dates'."),
    "row numbers": ("only numbers the rows", "Nothing is lost; if it means something, give it another name."),
    "texts": (
        "holds a text or name of its own in nearly every row",
        "If the texts matter, choose a task for texts; if the values should repeat, make them alike first.",
    ),
}


def find(split: Split) -> list[Finding]:
    """What concerns tables whatever is predicted; parts without rows are the only finding then."""
    if missing := label_findings.without_rows(split):
        return missing
    train = split.train
    names = [str(name) for name in train.columns if name != TARGET]
    understood = understand(train, names)
    return [
        *_rows(train),
        *_taken(names),
        *_usable(understood, names),
        *_hashed(understood),
        *_unreadable(train, understood),
        *_given_away(train, understood),
        *label_findings.few_test_rows(split),
    ]


def not_numbers(split: Split, for_labels: str = "tabular classification") -> list[Finding]:
    """Errors about a target that should be a number and is not, with the first row that is wrong; or is always one.

    ``for_labels`` is the task for those who want labels.
    """
    whole = pd.concat([split.train, split.validation, split.test])
    found = amounts(whole[TARGET])
    wrong = np.isnan(found)
    if wrong.any():
        row, cell = min(zip(whole.index[wrong].tolist(), whole[TARGET][wrong], strict=True))
        return [
            Finding(
                "error",
                "TABLE-02",
                f"{int(wrong.sum()):,} of {len(whole):,} values of the target are no numbers; the first is "
                f"'{cell[:40]}' in row {row + 1}.",
                f"Correct the cells or leave these rows out with 'Filter rows'; for labels, choose {for_labels}.",
            )
        ]
    if len(np.unique(found)) == 1:
        what = f"The target is {found[0]:g} in every row, so there is nothing to predict."
        return [Finding("error", "CHECK-39", what, "Choose another target.")]
    return []


def numbers_as_labels(split: Split) -> list[Finding]:
    """A warning when labels look like amounts."""
    values = split.train[TARGET].unique().tolist()
    if len(values) <= max(20, len(split.train) // 20) or np.isnan(amounts(split.train[TARGET])).any():
        return []
    return [
        Finding(
            "warning",
            "TABLE-07",
            f"The labels are {len(values):,} different numbers, each of which is learned as a name of its own.",
            "To predict how much it is, choose tabular regression.",
        )
    ]


def _rows(train: pd.DataFrame) -> list[Finding]:
    if len(train) >= FEW_ROWS:
        return []
    level = "error" if len(train) < LEAST_ROWS else "warning"
    what = f"There {'is' if len(train) == 1 else 'are'} only {len(train)} {'row' if len(train) == 1 else 'rows'}"
    return [
        Finding(level, "TABLE-05", f"{what} to learn from, which teaches little.", "Bring more rows: some hundred do.")
    ]


def _taken(names: Sequence[str]) -> list[Finding]:
    """An error about columns that have the name of what predictions carry."""
    taken = [name for name in names if name in ("prediction", "confidence") or name.startswith("probability_")]
    if not taken:
        return []
    what = f"{_named(taken)} {'has' if len(taken) == 1 else 'have'} a name that the model's answers get."
    return [Finding("error", "TABLE-08", what, "Rename it in the file, or leave it out of the features.")]


def _usable(understood: Understood, names: Sequence[str]) -> list[Finding]:
    """What is left out, by reason; an error when that is everything."""
    if not understood.columns.names:
        given = f"None of the features can be used: {_named(names)}." if names else "No column is left as a feature."
        remedy = "Choose columns with numbers, or with words that repeat."
        return [Finding("error", "TABLE-01", given, remedy)]
    findings = []
    for why, (what, remedy) in _LEFT_OUT.items():
        columns = [name for name, reason in understood.left_out.items() if reason == why]
        if columns:
            text = f"{_named(columns)} {what}, and {'is' if len(columns) == 1 else 'each of them is'} left out."
            findings.append(Finding("warning", "TABLE-03", text, remedy))
    return findings


def _hashed(understood: Understood) -> list[Finding]:
    columns = understood.columns.hashed
    if not columns:
        return []
    return [
        Finding(
            "warning",
            "TABLE-03",
            f"{_named([column.column for column in columns])} holds more than {columns[0].buckets:,} different values, "
            f"which share {columns[0].buckets:,} places by chance.",
            "Merge rare values with 'Merge rare categories', or leave the column out.",
        )
    ]


def _unreadable(train: pd.DataFrame, understood: Understood) -> list[Finding]:
    """Cells of columns of numbers that hold something else."""
    findings = []
    for name in understood.columns.numbers:
        cells = train[name]
        wrong = np.isnan(amounts(cells)) & cells.str.strip().ne("").to_numpy(dtype=bool)
        if wrong.any():
            row, cell = int(cells.index[wrong][0]), cells[wrong].iloc[0]
            findings.append(
                Finding(
                    "warning",
                    "TABLE-06",
                    f"{int(wrong.sum()):,} of {len(cells):,} cells of '{name}' are no numbers and count as missing; "
                    f"the first is '{cell[:40]}' in row {row + 1}.",
                    "Correct them in the file if they should be numbers.",
                )
            )
    return findings


def _given_away(train: pd.DataFrame, understood: Understood) -> list[Finding]:
    """Features that equal the target, cell by cell, number by number, or name by name."""
    target = train[TARGET]
    columns = [name for name in understood.columns.names if _same(train[name], target)]
    if not columns:
        return []
    return [
        Finding(
            "warning",
            "TABLE-04",
            f"{_named(columns)} {'says' if len(columns) == 1 else 'say'} the same as the target in every row, so the "
            "model learns to copy it.",
            "Leave it out with 'Drop columns' if it is not known when the model is used.",
        )
    ]


def _same(cells: pd.Series, target: pd.Series) -> bool:
    codes, values = pd.factorize(cells.str.strip())
    answers, labels = pd.factorize(target.str.strip())
    if len(values) != len(labels) or len(values) < 2 or len(values) > len(cells) / 2:
        return bool(np.array_equal(amounts(cells), amounts(target)) or _proportional(cells, target))
    return bool((codes == answers).all())  # both are numbered in the order of their first rows


def _proportional(cells: pd.Series, target: pd.Series) -> bool:
    """Is the one a straight line of the other, as a price is in another currency?"""
    values, answers = amounts(cells), amounts(target)
    if np.isnan(values).any() or np.isnan(answers).any() or values.std() == 0 or answers.std() == 0:
        return False
    return math.isclose(abs(float(np.corrcoef(values, answers)[0, 1])), 1, abs_tol=1e-9)


def _named(columns: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in columns[:SHOWN])
    more = f" and {len(columns) - SHOWN} more" if len(columns) > SHOWN else ""
    return f"The {'column' if len(columns) == 1 else 'columns'} {shown}{more}"
