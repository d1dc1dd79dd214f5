"""Rows whose label a quick model doubts, ranked by cleanlab.

The model's probabilities come from folds that it was not fitted on; cleanlab estimates from them, by confident learning
(Northcutt, Jiang and Chuang, "Confident Learning", 2021), which labels are wrong and how well each fits.
"""

from collections import Counter
from collections.abc import Callable

import numpy as np

from workbench.errors import DataError
from workbench.findings import label_spelling, quick_model
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Suspect, Suspects

KEPT = 1_000
_PREPARED = 0.05  # of the work is done before the first fold
_MOST_LABELS = 200


def find(evidence: Evidence, progress: Callable[[float], None]) -> Suspects:
    """The rows whose label is probably wrong, the most suspicious first.

    Spellings of one label count as one; labels with fewer rows than folds are left out. Raises DataError when fewer
    than two are left.
    """
    spellings = label_spelling.certain(evidence.label_counts)
    labels = [spellings.get(label, label).strip() for label in evidence.labels or ()]
    readable = evidence.contents or [""] * len(labels)
    counts = Counter(label for label, content in zip(labels, readable, strict=True) if label and content)
    names = sorted(label for label, count in counts.items() if count >= quick_model.FOLDS)
    if not 2 <= len(names) <= _MOST_LABELS:
        raise DataError(
            f"{len(names)} {'label has' if len(names) == 1 else 'labels have'} enough rows with something to read",
            where=f'column "{evidence.question.target}"' if evidence.question.target else "",
            remedy=f"Wrong labels can be looked for among 2 to {_MOST_LABELS} labels of at least "
            f"{quick_model.FOLDS} rows each. Choose another label column, or merge rare labels.",
            code="DATA-03",
        )
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    numbers = {name: number for number, name in enumerate(names)}
    places = np.array([place for place, label in enumerate(labels) if label in numbers and readable[place]])
    given = np.array([numbers[labels[place]] for place in places.tolist()])
    progress(_PREPARED)
    probabilities = quick_model.held_out(
        evidence, places, given, lambda share: progress(_PREPARED + (1 - _PREPARED) * share)
    )
    scores = get_label_quality_scores(given, probabilities)
    wrong = find_label_issues(given, probabilities, n_jobs=1)
    best = probabilities.argmax(axis=1)
    ranked = [at for at in np.argsort(scores, kind="stable").tolist() if wrong[at]]
    return Suspects(
        rows=tuple(
            Suspect(evidence.rows[int(places[at])], names[given[at]], names[best[at]], round(float(scores[at]), 4))
            for at in ranked[:KEPT]
        ),
        judged=len(places),
        agreement=float((best == given).mean()),
    )
