"""Finding: texts that say their own label."""

import re
from collections import Counter
from collections.abc import Iterator

from workbench.data.likeness import near_duplicates
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, singly

TEXT = (
    "{count:,} of {rows:,} texts contain their own label as a word, such as {examples}, and hardly any contains "
    "another's: was it written into the text? Then the model only learns to read it off."
)
TEXTS = (TEXT,)
_SHARE = 0.3  # of the texts: topics such as “sport” do appear in some of theirs
_RIGHT = 0.9  # of the labels that stand in texts, so many must be the text's own
_LOOKED_AT = 20_000
_MOST_LABELS = 500


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding when many texts contain their own label and few contain others."""
    labels, counts = evidence.labels, evidence.label_counts
    if labels is None or not evidence.question.texts or not 2 <= len(counts) <= _MOST_LABELS:
        return
    words = {label: near_duplicates.normal(label) for label in counts}
    told = {word for word in words.values() if len(word) > 1 and any(map(str.isalpha, word))}
    if len(told) < 2:
        return
    pattern = _pattern(told)
    every = max(1, len(labels) // _LOOKED_AT)
    own: list[int] = []
    others, asked = 0, 0
    examples: Counter[str] = Counter()
    for place in range(0, len(labels), every):
        word = words.get(labels[place])
        if word not in told:
            continue
        asked += 1
        said = set(pattern.findall(near_duplicates.normal(evidence.texts[place])))
        others += bool(said - {word})
        if word in said:
            own.append(place)
            examples[labels[place]] += 1
    if not asked or len(own) < _SHARE * asked or len(own) < _RIGHT * (len(own) + others) or len(examples) < 2:
        return
    yield Finding(
        kind="label-in-text",
        level="warning",
        text=TEXT,
        values={
            "count": len(own),
            "rows": asked,
            "examples": ", ".join(f"“{label[:40]}”" for label, _ in examples.most_common(3)),
        },
        count=len(own),
        rows=singly(evidence.source(own)),
        column=evidence.question.texts[0],
    )


def _pattern(words: set[str]) -> re.Pattern[str]:
    """Any of the words by itself; between signs that are no letters of an alphabet, nothing need part them."""
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![a-zà-ÿ0-9_])(?:{listed})(?![a-zà-ÿ0-9_])")
