"""A trained model that marks entities in texts: how it answers, and how it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.tasks import encoder_files, word_pieces
from workbench.tasks.protocol import Span, SpanPredictions
from workbench.tasks.tagged_words import TOKENS, tags_of
from workbench.tasks.token_learner import TokenReader, classifier


@dataclass(frozen=True, slots=True)
class TokenClassifierFitted:
    """Plain texts, or JSON lists of words, in; pieces of them out. Predicts in exact arithmetic."""

    reader: TokenReader

    def predict(self, rows: pd.DataFrame) -> SpanPredictions:
        reader, names = self.reader, tags_of(self.reader.types)
        texts = [word_pieces.read(cell, reader.way) for cell in rows[TOKENS]]
        count = sum(len(places) for _, places in texts)
        scores = reader.each(reader.windows(texts), count, embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        best = scores.argmax(axis=1)
        spans, at = [], 0
        for _, places in texts:
            tags = [names[number] for number in best[at : at + len(places)]]
            spans.append(located(places, tags))
            at += len(places)
        return SpanPredictions(tuple(text for text, _ in texts), tuple(spans))

    def save(self, folder: Path) -> None:
        from workbench.networks.text_encoder import SCALE

        reader = self.reader
        about = {"max_length": reader.max_length, "words": reader.way, "scale": SCALE}
        encoder_files.save(folder, reader.network, reader.tokenizer, about, reader.types)


def located(places: Sequence[word_pieces.Place], tags: Sequence[str]) -> tuple[Span, ...]:
    """The entities that the words' tags mean, by characters."""
    found = word_pieces.entities(tags)
    return tuple(Span(places[first][0], places[last][1], kind) for first, last, kind in found)


def load(folder: Path, device: str) -> TokenClassifierFitted:
    """What ``save`` wrote. Raises ModelError when a part is missing or does not fit."""
    kept = encoder_files.load(folder, device, classifier(), ("words",))
    way = str(kept.about["words"])
    return TokenClassifierFitted(TokenReader(kept.network, kept.tokenizer, kept.labels, way, kept.max_length, device))
