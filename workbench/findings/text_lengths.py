"""Finding: texts that are far longer or shorter than the others."""

from collections.abc import Iterator

import numpy as np

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, singly

TEXT = (
    "{count:,} of {rows:,} texts are far from the usual length ({usual:,} characters in the middle): {shortest:,} to "
    "{longest:,}. Check that they are what you expect."
)
TEXTS = (TEXT,)
_ENOUGH = 50  # texts
_FAR = 3.0  # times the middle half's width beyond it (Tukey's "far out"), of logarithms
_COMMON = 0.02  # of the texts: more is how the lengths are, not an exception
_LEAST_SPREAD = 0.2  # of logarithms, since texts of a form may all be equally long


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding for all of them; lengths are compared by their ratio, since they spread so."""
    if not evidence.question.texts:
        return
    lengths = np.array([len(text.strip()) for text in evidence.texts])
    filled = np.flatnonzero(lengths)
    if len(filled) < _ENOUGH:
        return
    sizes = np.log(lengths[filled])
    low, middle, high = np.quantile(sizes, [0.25, 0.5, 0.75])
    reach = _FAR * max(float(high - low), _LEAST_SPREAD)
    far = filled[(sizes < low - reach) | (sizes > high + reach)]
    if not len(far) or len(far) > max(1, _COMMON * len(filled)):
        return
    far = far[np.argsort(-np.abs(np.log(lengths[far]) - middle), kind="stable")]
    yield Finding(
        kind="text-lengths",
        level="info",
        text=TEXT,
        values={
            "count": len(far),
            "rows": len(lengths),
            "usual": round(float(np.exp(middle))),
            "shortest": int(lengths[far].min()),
            "longest": int(lengths[far].max()),
        },
        count=len(far),
        rows=singly(evidence.source(far.tolist())),
    )
