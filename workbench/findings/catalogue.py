"""All findings, and what they make of a table."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol

from workbench.findings import (
    constant_columns,
    contradictions,
    crossing,
    empty_texts,
    exact_duplicates,
    id_columns,
    imbalance,
    label_in_text,
    label_variants,
    languages,
    leaking_columns,
    long_texts,
    near_duplicates,
    outliers,
    personal_data,
    rare_labels,
    text_lengths,
)
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Report


class Finder(Protocol):
    """One kind of finding: ``TEXTS`` are all templates that it may use, ``find`` looks at the evidence."""

    @property
    def TEXTS(self) -> tuple[str, ...]: ...

    def find(self, evidence: Evidence) -> Iterable[Finding]: ...


FINDERS: tuple[Finder, ...] = (
    leaking_columns,
    label_in_text,
    contradictions,
    label_variants,
    rare_labels,
    imbalance,
    empty_texts,
    exact_duplicates,
    near_duplicates,
    personal_data,
    constant_columns,
    id_columns,
    outliers,
    long_texts,
    text_lengths,
    languages,
)
_GRAVITY = {"error": 0, "warning": 1, "info": 2}
Progress = Callable[[float], None]  # the share that is done


def report(evidence: Evidence, progress: Progress) -> Report:
    """What all finders say, the gravest first, and otherwise in their order."""
    started = time.monotonic()
    found: list[Finding] = []
    for number, finder in enumerate(FINDERS):
        found += (_as_read(finding, evidence) for finding in finder.find(evidence))
        progress((number + 1) / len(FINDERS))
    found.sort(key=lambda finding: _GRAVITY[finding.level])
    alike = tuple(tuple(evidence.source(group)) for group in evidence.alike)
    return Report(tuple(found), alike, len(evidence.rows), time.monotonic() - started)


def _as_read(finding: Finding, evidence: Evidence) -> Finding:
    """Without alarm, and without a fix, where it is about a column that the model does not read anyway."""
    question = evidence.question
    if question.reads_features or finding.column not in question.features:
        return finding
    return replace(finding, level="info", fix=None)


def texts() -> list[str]:
    """Every sentence and title of a fix that may be shown, for the catalogue of translations."""
    return [text for finder in FINDERS for text in finder.TEXTS] + list(crossing.TEXTS)
