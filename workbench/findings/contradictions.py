"""Finding: the same content under different labels."""

from collections.abc import Iterator

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, Level, shown

TEXT = "The same text stands under different labels, in {count:,} rows: at most one of the labels can be right."
IMAGE = "The same image stands under different labels, in {count:,} rows: at most one of the labels can be right."
ROW = "What a model reads is the same in {count:,} rows whose answers differ: no model can get them all right."
NEARLY = "Nearly the same text stands under different labels, in {count:,} rows: some of the labels may be mistakes."
LOOKS = "Images that look the same stand under different labels, in {count:,} rows: some of the labels may be mistakes."
FIX = "Correct the labels"
TEXTS = (TEXT, IMAGE, ROW, NEARLY, LOOKS, FIX)


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for equal contents, one for those that are only nearly equal."""
    labels, question = evidence.labels, evidence.question
    if labels is None:
        return
    equal = [group for group in evidence.same if _differ(group, labels)]
    if equal and not question.texts and not question.images:
        yield _finding("contradictions", "info", ROW, equal, evidence)
        return
    if equal:
        yield _finding("contradictions", "warning", TEXT if question.texts else IMAGE, equal, evidence)
    known = {place for group in equal for place in group}
    nearly = [group for group in evidence.alike if _differ(group, labels) and known.isdisjoint(group)]
    if nearly:
        yield _finding("near-contradictions", "warning", NEARLY if question.texts else LOOKS, nearly, evidence)


def _finding(kind: str, level: Level, text: str, groups: list[list[int]], evidence: Evidence) -> Finding:
    count = sum(map(len, groups))
    return Finding(
        kind=kind,
        level=level,
        text=text,
        values={"count": count},
        count=count,
        rows=shown(map(evidence.source, groups)),
        column=evidence.question.target or "",
        fix=Fix(FIX, relabel=True) if level == "warning" else None,
    )


def _differ(group: list[int], labels: list[str]) -> bool:
    """Two labels at least; spellings of one label are another finding's business."""
    return len({" ".join(labels[place].casefold().split()) for place in group} - {""}) > 1
