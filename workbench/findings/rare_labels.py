"""Finding: labels with too few rows to learn from or to judge by."""

from collections.abc import Iterator

from workbench.findings import label_spelling
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, named, singly
from workbench.recipe import Step

TEXT = "Labels with fewer than {least} rows, too few to learn from and to judge by: {examples}."
FIX = "Leave them out"
TEXTS = (TEXT, FIX)
LEAST = 10  # with the usual split that is one row for the test


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all of them; rare spellings of a larger label, and tables that are all rare, are none."""
    counts = evidence.label_counts
    spellings = {**label_spelling.certain(counts), **label_spelling.probable(counts)}
    rare = [label for label in counts if counts[label] < LEAST and label not in spellings]
    if not rare or len(counts) - len(rare) < 2:
        return
    rare.sort(key=lambda label: (counts[label], label))
    known = set(rare)
    places = [place for place, label in enumerate(evidence.labels or ()) if label in known]
    yield Finding(
        kind="rare-labels",
        level="warning",
        text=TEXT,
        values={"least": LEAST, "examples": named(rare)},
        count=len(places),
        rows=singly(evidence.source(places)),
        column=evidence.question.target or "",
        fix=Fix(FIX, step=Step.model_validate({"step": "drop-labels", "labels": rare})),
    )
