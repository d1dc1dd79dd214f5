"""Findings about labels that concern every task which gives them, and about parts that are too small."""

from collections import Counter
from collections.abc import Sequence

from workbench.tasks.protocol import Finding, Split

MANY_LABELS = 1000
_LABEL_BYTES = 1024 * 4 * 4  # a label's weights in a wide model: each with its gradient and two moments, in float32
FEW_TEST_ROWS = 30


def find(split: Split, role: str, task: str) -> list[Finding]:
    """One class only, lone and unlearnt labels, labels that differ in case, too many of them; ``task`` is its title."""
    findings = []
    train, everywhere = Counter(split.train[role]), Counter[str]()
    for part in (split.train, split.validation, split.test):
        everywhere.update(part[role])
    if len(everywhere) < 2:
        only = f"only one label, '{next(iter(everywhere))}'" if everywhere else "no label"
        findings.append(
            Finding(
                "error",
                "CHECK-39",
                f"The label column holds {only}; {task.lower()} needs at least 2.",
                "Pick another label column, or add rows with other labels.",
            )
        )
        return findings
    lone = sorted(label for label, count in everywhere.items() if count == 1)
    if lone:
        findings.append(
            Finding(
                "warning",
                "CHECK-40",
                f"{_named(lone)} {_have(lone)} only 1 row, which cannot be both learnt and tested.",
                "Add rows with this label, merge it with another one, or leave its row out.",
            )
        )
    unknown = sorted(set(everywhere) - set(train))
    if unknown:
        findings.append(
            Finding(
                "error",
                "CHECK-42",
                f"{_named(unknown)} {_have(unknown)} rows for validation or test but none to learn from.",
                "Split again with 'stratify' on, or with a larger share for training.",
            )
        )
    alike: dict[str, list[str]] = {}
    for label in everywhere:
        alike.setdefault(label.strip().casefold(), []).append(label)
    for labels in alike.values():
        if len(labels) > 1:
            findings.append(
                Finding(
                    "warning",
                    "CHECK-45",
                    f"{_named(sorted(labels))} differ only in case or spaces.",
                    "Write them in one way if they mean the same.",
                )
            )
    if len(everywhere) > MANY_LABELS:
        findings.append(
            Finding(
                "confirm",
                "CHECK-43",
                f"There are {len(everywhere):,} different labels; answering with one of so many needs about "
                f"{len(everywhere) * _LABEL_BYTES / 1e6:,.0f} MB of memory beside the model.",
                "Check that this is the label column: every label wants some ten rows to learn from.",
            )
        )
    return findings


def without_rows(split: Split) -> list[Finding]:
    """An error when one of the parts is empty."""
    if not any(part.empty for part in (split.train, split.validation, split.test)):
        return []
    return [
        Finding(
            "error",
            "CHECK-03",
            "One of the parts for training, validation and test has no rows.",
            "Add rows, or change the shares of the split.",
        )
    ]


def few_test_rows(split: Split) -> list[Finding]:
    """A warning when scores will be rough."""
    if len(split.test) >= FEW_TEST_ROWS:
        return []
    return [
        Finding(
            "warning",
            "CHECK-ROWS",
            f"Only {len(split.test)} rows are left to test with, so the scores will be rough.",
            "Add rows, or give the test part a larger share.",
        )
    ]


def _named(labels: Sequence[str]) -> str:
    shown = ", ".join(f"'{label}'" for label in labels[:5])
    more = f" and {len(labels) - 5} more" if len(labels) > 5 else ""
    return f"The {'label' if len(labels) == 1 else 'labels'} {shown}{more}"


def _have(labels: Sequence[str]) -> str:
    return "has" if len(labels) == 1 else "have"
