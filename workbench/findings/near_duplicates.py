"""Finding: rows that say nearly the same as an earlier row."""

from collections.abc import Iterator

from workbench.data.likeness import near_duplicates
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, shown
from workbench.recipe import Step

TEXT = (
    "{count:,} of {rows:,} rows nearly repeat the text of an earlier row, with a typo or another number for instance."
)
IMAGE = "{count:,} of {rows:,} rows hold an image that looks like one in an earlier row, in another size for instance."
FIX, TAKE_OUT = "Drop near duplicates", "Take the copies out"
TEXTS = (TEXT, IMAGE, FIX, TAKE_OUT)


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all rows that repeat another nearly, but not exactly."""
    question = evidence.question
    if not question.texts and not question.images:
        return
    contents = evidence.contents
    groups = [group for group in evidence.alike if len({contents[place] for place in group}) > 1]
    count = sum(len({contents[place] for place in group}) - 1 for group in groups)
    if count:
        yield Finding(
            kind="near-duplicates",
            level="warning",
            text=TEXT if question.texts else IMAGE,
            values={"count": count, "rows": len(evidence.rows)},
            count=count,
            rows=shown(map(evidence.source, groups)),
            fix=of_texts() if question.texts else Fix(TAKE_OUT, drop_copies=True),
        )


def of_texts() -> Fix:
    """The step that leaves the first of texts that are nearly the same."""
    step = {"step": "drop-near-duplicates", "similarity": near_duplicates.SIMILARITY}
    return Fix(FIX, step=Step.model_validate(step))
