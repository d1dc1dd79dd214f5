"""Finding: rows without anything to read."""

from collections.abc import Iterator

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, singly
from workbench.recipe import Step

TEXT = "{count:,} of {rows:,} rows hold no text: nothing can be learned from them."
IMAGE = "{count:,} of {rows:,} rows have no image: nothing can be learned from them."
FIX = "Leave them out"
TEXTS = (TEXT, IMAGE, FIX)


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for rows whose texts, or images, are all empty."""
    question = evidence.question
    if not question.texts and not question.images:
        return
    places = [place for place, content in enumerate(evidence.contents) if not content]
    if places:
        yield Finding(
            kind="empty-texts",
            level="warning",
            text=TEXT if question.texts else IMAGE,
            values={"count": len(places), "rows": len(evidence.rows)},
            count=len(places),
            rows=singly(evidence.source(places)),
            fix=Fix(FIX, step=Step(step="drop-empty")) if question.texts else None,
        )
