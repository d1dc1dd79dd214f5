"""Finding: rows that say the same as an earlier row."""

from collections.abc import Iterator

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, shown
from workbench.recipe import Step

TEXT = "{count:,} of {rows:,} rows repeat the text of an earlier row: in training and in test they flatter the scores."
IMAGE = (
    "{count:,} of {rows:,} rows repeat the image of an earlier row: in training and in test they flatter the scores."
)
ROW = "{count:,} of {rows:,} rows are equal to an earlier row in everything that a model reads, and in the answer."
FIX = "Drop duplicates"
TEXTS = (TEXT, IMAGE, ROW, FIX)
_NOTABLE = 0.02  # of a table's rows: below, equal measurements are a coincidence


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all rows that repeat another; tables of features count rows with the same answer only."""
    question = evidence.question
    groups = evidence.same
    if not question.texts and not question.images and question.target:
        groups = _with_equal_answer(evidence, evidence.cells(question.target))
    count = sum(len(group) - 1 for group in groups)
    if not count:
        return
    table = not question.texts and not question.images
    notable = not table or count > _NOTABLE * len(evidence.rows)
    by = "text and label" if table else "text"
    yield Finding(
        kind="exact-duplicates",
        level="warning" if notable else "info",
        text=TEXT if question.texts else IMAGE if question.images else ROW,
        values={"count": count, "rows": len(evidence.rows)},
        count=count,
        rows=shown(map(evidence.source, groups)),
        fix=Fix(FIX, step=Step.model_validate({"step": "drop-duplicates", "by": by})),
    )


def _with_equal_answer(evidence: Evidence, answers: list[str]) -> list[list[int]]:
    found: dict[tuple[int, str], list[int]] = {}
    for number, group in enumerate(evidence.same):
        for place in group:
            found.setdefault((number, answers[place]), []).append(place)
    return [group for group in found.values() if len(group) > 1]
