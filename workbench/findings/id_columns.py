"""Finding: columns that only number or name the rows."""

from collections.abc import Iterator

from workbench.data.profiles.profile import ColumnProfile
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, named
from workbench.recipe import Step

TEXT = "A model can only learn by heart from columns that number or name the rows: {examples}."
FIX = "Leave them out"
TEXTS = (TEXT, FIX)
_ENOUGH = 20  # rows; in fewer, measurements may be all different and follow each other by chance


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all of them."""
    if not evidence.question.reads_features:
        return
    found = [column.name for column in evidence.columns("id", "number") if _names_rows(evidence, column)]
    if found:
        yield Finding(
            kind="id-columns",
            level="info",
            text=TEXT,
            values={"examples": named(found)},
            count=len(found),
            column=found[0],
            fix=Fix(FIX, step=Step.model_validate({"step": "drop-columns", "columns": found})),
        )


def _names_rows(evidence: Evidence, column: ColumnProfile) -> bool:
    """Is it of the kind "id", or does it hold whole numbers that follow each other without a gap?"""
    if evidence.profile.rows < _ENOUGH:
        return False
    if column.kind == "id":
        return True
    if column.missing or column.distinct < evidence.profile.rows:
        return False
    cells = evidence.cells(column.name)
    if not all(cell.isdecimal() for cell in cells):
        return False
    numbers = sorted(map(int, cells))
    return numbers[-1] - numbers[0] == len(numbers) - 1
