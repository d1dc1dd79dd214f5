"""The simple thing that a model for texts must beat: word counts and a linear model, in a second or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from workbench.evaluate import regression
from workbench.tasks.protocol import LabelPredictions, NumberPredictions, Split
from workbench.tasks.table_answers import TARGET, Amounts
from workbench.tasks.table_columns import amounts

WORDS_APART = 25  # characters a space, above which a language is taken to write without spaces
MOST_TERMS = 100_000
STRENGTHS = (0.1, 1.0, 10.0)  # of the ridge


@dataclass(frozen=True, slots=True)
class WordCounts:
    """TF-IDF of words and pairs of words (of characters, where words are not set apart), then logistic regression."""

    pipeline: Any

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        probabilities = self.pipeline.predict_proba(rows["text"].tolist())
        return LabelPredictions(tuple(str(label) for label in self.pipeline.classes_), probabilities)


@dataclass(frozen=True, slots=True)
class WordAmounts:
    """TF-IDF as for labels, then the mean or ridge regression."""

    vectors: Any
    model: Any

    def predict(self, rows: pd.DataFrame) -> NumberPredictions:
        if rows.empty:
            return NumberPredictions(np.empty(0))
        found = self.model.predict(self.vectors.transform(rows["text"].tolist()))
        return NumberPredictions(np.asarray(found, dtype=np.float64))


def fit(texts: Sequence[str], labels: Sequence[str]) -> WordCounts:
    """Fit on training rows alone."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(_vectors(texts), LogisticRegression(C=10.0, max_iter=1000))
    pipeline.fit(list(texts), list(labels))
    return WordCounts(pipeline)


def fit_amounts(split: Split) -> WordAmounts:
    """Fit on training rows alone; the validation rows choose the ridge, or the mean, by RMSE."""
    from sklearn.dummy import DummyRegressor
    from sklearn.linear_model import Ridge

    train, held_out = Amounts().known(split.train), Amounts().known(split.validation)
    texts, wanted = train["text"].tolist(), amounts(train[TARGET])
    vectors = _vectors(texts)
    counts = vectors.fit_transform(texts)
    models = (*(Ridge(strength, random_state=0) for strength in STRENGTHS), DummyRegressor())
    fitted = [WordAmounts(vectors, model.fit(counts, wanted)) for model in models]
    if held_out.empty:
        return fitted[1]
    truth = amounts(held_out[TARGET])
    return min(fitted, key=lambda one: regression.quick(truth, one.predict(held_out).values)["rmse"])


def _vectors(texts: Sequence[str]) -> Any:
    """What counts the terms of texts like these."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    spaced = sum(map(len, texts)) <= WORDS_APART * (sum(text.count(" ") for text in texts) + len(texts))
    terms = {"analyzer": "word", "ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b|[^\w\s]"}
    if not spaced:
        terms = {"analyzer": "char", "ngram_range": (1, 3)}
    return TfidfVectorizer(sublinear_tf=True, max_features=MOST_TERMS, **terms)
