"""Finding: one label has many times the rows of another."""

from collections import Counter
from collections.abc import Iterator

from workbench.findings import label_spelling
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix
from workbench.findings.rare_labels import LEAST
from workbench.recipe import Step

TEXT = (
    "“{most}” has {ratio:.0f} times the rows of “{least}”: a model may do well by hardly ever answering the smaller "
    "one. Look at macro-F1 rather than at accuracy."
)
FIX = "Balance the labels"
TEXTS = (TEXT, FIX)
_NOTABLE, _GRAVE = 10.0, 50.0  # times


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding when the largest label has at least ten times the rows of the smallest that is not just rare."""
    spellings = label_spelling.certain(evidence.label_counts)
    merged: Counter[str] = Counter()
    for label, count in evidence.label_counts.items():
        merged[spellings.get(label, label)] += count
    counts = [(label, count) for label, count in merged.most_common() if count >= LEAST]
    if len(counts) < 2:
        return
    (most, largest), (least, smallest) = counts[0], counts[-1]
    ratio = largest / smallest
    if ratio >= _NOTABLE:
        yield Finding(
            kind="imbalance",
            level="warning" if ratio >= _GRAVE else "info",
            text=TEXT,
            values={"most": most[:40], "least": least[:40], "ratio": ratio},
            count=largest,
            column=evidence.question.target or "",
            fix=Fix(FIX, step=Step(step="balance-labels")),
        )
