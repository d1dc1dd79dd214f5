"""The simple thing that a model of entities must beat: phrases that were entities in training are entities again.

The baseline of the shared task of CoNLL-2003 (Tjong Kim Sang and De Meulder, 2003): of phrases that overlap the longest
counts, and a phrase has the type that it had in training; one that had several has the most frequent.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from workbench.tasks import word_pieces
from workbench.tasks.protocol import Span, SpanPredictions
from workbench.tasks.tagged_words import TOKENS, learnt, tags_of, types

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Entities of the training rows, word by word, with their types; ``longest`` is the most words of one."""

    way: str
    known: Mapping[Phrase, str]
    longest: int

    def predict(self, rows: pd.DataFrame) -> SpanPredictions:
        texts = [word_pieces.read(cell, self.way) for cell in rows[TOKENS]]
        return SpanPredictions(
            tuple(text for text, _ in texts), tuple(self._spans(text, places) for text, places in texts)
        )

    def _spans(self, text: str, places: list[word_pieces.Place]) -> tuple[Span, ...]:
        words = [text[start:end] for start, end in places]
        found, at = [], 0
        while at < len(words):
            longest = min(self.longest, len(words) - at)
            length = next((n for n in range(longest, 0, -1) if tuple(words[at : at + n]) in self.known), 0)
            if length:
                kind = self.known[tuple(words[at : at + length])]
                found.append(Span(places[at][0], places[at + length - 1][1], kind))
            at += length or 1
        return tuple(found)


def fit(train: pd.DataFrame) -> Phrases:
    """The phrases of the training rows."""
    kinds = types(train)
    way = word_pieces.way_of([word_pieces.words_of(cell) or [] for cell in train[TOKENS]])
    names = tags_of(kinds)
    seen: dict[Phrase, Counter[str]] = {}
    for sentence in learnt(train, way, kinds):
        words = [sentence.text[start:end] for start, end in sentence.places]
        for first, last, kind in word_pieces.entities([names[number] for number in sentence.tags]):
            seen.setdefault(tuple(words[first : last + 1]), Counter())[kind] += 1
    known = {phrase: counts.most_common(1)[0][0] for phrase, counts in seen.items()}
    return Phrases(way, known, max(map(len, known), default=0))
