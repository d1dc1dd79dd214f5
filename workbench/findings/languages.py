"""Finding: texts in several languages."""

from collections import Counter
from collections.abc import Iterator

from workbench.data.profiles import language
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, singly

TEXT = (
    "Beside “{main}”, {count:,} of {judged:,} texts that were looked at seem to be in another language ({others}). "
    "Choose a model that knows all of them."
)
TEXTS = (TEXT,)
_LOOKED_AT = 10_000
_SHARE, _LEAST = 0.02, 5  # of the texts whose language can be told, and texts


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding when more than a few texts are in another language than most; short texts do not tell theirs."""
    if not evidence.question.texts:
        return
    texts = evidence.texts
    every = max(1, len(texts) // _LOOKED_AT)
    guessed = {place: found for place in range(0, len(texts), every) if (found := language.guess([texts[place]]))}
    counts = Counter(guessed.values())
    if len(counts) < 2:
        return
    enough = max(_LEAST, _SHARE * len(guessed))
    main, *others = [name for name, count in counts.most_common() if count >= enough]
    if not others:
        return
    places = [place for place, name in guessed.items() if name in others]
    yield Finding(
        kind="languages",
        level="info",
        text=TEXT,
        values={
            "main": main,
            "count": len(places),
            "judged": len(guessed),
            "others": ", ".join(f"{name}: {counts[name]:,}" for name in others),
        },
        count=len(places),
        rows=singly(evidence.source(places)),
        column=evidence.question.texts[0],
    )
