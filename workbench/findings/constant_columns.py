"""Finding: columns that hold the same in every row, or nothing."""

from collections.abc import Iterator

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, named
from workbench.recipe import Step

TEXT = "Nothing can be learned from columns that hold the same in every row, or nothing at all: {examples}."
FIX = "Leave them out"
TEXTS = (TEXT, FIX)


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all of them; one value beside empty cells still says something."""
    rows = evidence.profile.rows
    features = set(evidence.question.features)
    found = [
        column.name
        for column in evidence.profile.columns
        if column.name in features
        and rows > 1
        and (column.missing == rows or (column.distinct == 1 and column.missing == 0))
    ]
    if found:
        yield Finding(
            kind="constant-columns",
            level="warning",
            text=TEXT,
            values={"examples": named(found)},
            count=len(found),
            column=found[0],
            fix=Fix(FIX, step=Step.model_validate({"step": "drop-columns", "columns": found})),
        )
