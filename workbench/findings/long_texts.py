"""Finding: texts of which the model reads the beginning only."""

import re
from collections.abc import Iterator

from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, singly

TEXT = (
    "About {count:,} of {rows:,} texts are longer than the {tokens:,} tokens that the model reads; of the longest it "
    "sees {share:.0%}. Raise the maximum length on the Train page, or shorten the texts."
)
TEXTS = (TEXT,)
_SIGNS_A_TOKEN = 4.0  # of a script with spaces, as tokenizers of multilingual models cut it
_UNSPACED = re.compile("[\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding when it is known how much the model reads and some texts are longer."""
    most = evidence.question.max_tokens
    if most is None or not evidence.question.texts:
        return
    lengths = [tokens(text) for text in evidence.texts]
    places = [place for place, length in enumerate(lengths) if length > most]
    if places:
        places.sort(key=lambda place: -lengths[place])
        yield Finding(
            kind="long-texts",
            level="warning" if len(places) > 0.1 * len(lengths) else "info",
            text=TEXT,
            values={
                "count": len(places),
                "rows": len(lengths),
                "tokens": most,
                "share": most / lengths[places[0]],
            },
            count=len(places),
            rows=singly(evidence.source(places)),
        )


def tokens(text: str) -> float:
    """About how many tokens a tokenizer makes of a text: one a Han, kana or Hangul sign, else one for four signs."""
    if text.isascii():
        return len(text) / _SIGNS_A_TOKEN
    unspaced = len(_UNSPACED.findall(text))
    return unspaced + (len(text) - unspaced) / _SIGNS_A_TOKEN
