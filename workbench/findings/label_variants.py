"""Finding: labels that are spellings of one label."""

from collections.abc import Iterator, Mapping

from workbench.findings import label_spelling
from workbench.findings.evidence import Evidence
from workbench.findings.finding import FEW, Finding, Fix, singly
from workbench.recipe import Step

CERTAIN = "Labels that differ only in case, spaces or punctuation count as different answers: {examples}."
PROBABLE = "Labels that may be one and the same, as a plural or a typing error: {examples}."
FIX = "Merge them"
TEXTS = (CERTAIN, PROBABLE, FIX)


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for spellings that are certain, one for those that are probable."""
    counts = evidence.label_counts
    certain = label_spelling.certain(counts)
    if certain:
        yield _finding("label-variants", CERTAIN, certain, evidence)
    probable = label_spelling.probable(counts)
    if probable:
        yield _finding("label-typos", PROBABLE, probable, evidence)


def _finding(kind: str, text: str, merged: Mapping[str, str], evidence: Evidence) -> Finding:
    listed = [f"“{old[:40]}” → “{new[:40]}”" for old, new in merged.items()]
    places = [place for place, label in enumerate(evidence.labels or ()) if label in merged]
    return Finding(
        kind=kind,
        level="warning" if kind == "label-variants" else "info",
        text=text,
        values={"examples": ", ".join(listed[:FEW]) + (", …" if len(listed) > FEW else "")},
        count=len(places),
        rows=singly(evidence.source(places)),
        column=evidence.question.target or "",
        fix=Fix(FIX, step=Step.model_validate({"step": "merge-labels", "labels": dict(merged)})),
    )
