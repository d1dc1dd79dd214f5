"""The simple thing that a text classifier must beat: word counts and logistic regression, in a second or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.tasks.protocol import LabelPredictions

WORDS_APART = 25  # characters a space, above which a language is taken to write without spaces
MOST_TERMS = 100_000


@dataclass(frozen=True, slots=True)
class WordCounts:
    """TF-IDF of words and pairs of words (of characters, where words are not set apart), then logistic regression."""

    pipeline: Any

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        probabilities = self.pipeline.predict_proba(rows["text"].tolist())
        return LabelPredictions(tuple(str(label) for label in self.pipeline.classes_), probabilities)


def fit(texts: Sequence[str], labels: Sequence[str]) -> WordCounts:
    """Fit on training rows alone."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    spaced = sum(map(len, texts)) <= WORDS_APART * (sum(text.count(" ") for text in texts) + len(texts))
    terms = {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b|[^\w\s]"}
    if not spaced:
        terms = {"analyzer": "char", "ngram_range": (1, 3)}
    vectors = TfidfVectorizer(sublinear_tf=True, max_features=MOST_TERMS, **terms)
    pipeline = make_pipeline(vectors, LogisticRegression(C=10.0, max_iter=1000))
    pipeline.fit(list(texts), list(labels))
    return WordCounts(pipeline)
