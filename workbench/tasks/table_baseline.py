"""The simple thing that a model for tables must beat: the usual answer or a linear model, whichever does better."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.evaluate import classification, regression
from workbench.tasks.protocol import LabelPredictions, NumberPredictions, Split
from workbench.tasks.table_answers import TARGET, Amounts
from workbench.tasks.table_columns import TableColumns, amounts, understand

MOST_ROWS = 50_000  # for a linear model, which more rows hardly change
MOST_VALUES = 100  # of a category: the rarer ones count as one
STRENGTHS = tuple(np.logspace(-3, 4, 15).tolist())  # of the ridge


@dataclass(frozen=True, slots=True)
class SimpleLabels:
    """A scikit-learn model that gives labels, on the columns that a network would read."""

    columns: TableColumns
    model: Any

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        labels = tuple(str(label) for label in self.model.classes_)
        if rows.empty:
            return LabelPredictions(labels, np.empty((0, len(labels))))
        return LabelPredictions(labels, self.model.predict_proba(_inputs(self.columns, rows)))


@dataclass(frozen=True, slots=True)
class SimpleNumbers:
    """A scikit-learn model that gives numbers, on the columns that a network would read."""

    columns: TableColumns
    model: Any

    def predict(self, rows: pd.DataFrame) -> NumberPredictions:
        if rows.empty:
            return NumberPredictions(np.empty(0))
        return NumberPredictions(np.asarray(self.model.predict(_inputs(self.columns, rows)), dtype=np.float64))


def labels(split: Split) -> SimpleLabels:
    """The most frequent label, or logistic regression: the better on the validation rows by macro-F1."""
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression

    train = _some(split.train)
    columns = _columns(train)
    fitted = [
        SimpleLabels(columns, _fit(columns, train, train[TARGET].tolist(), model))
        for model in (LogisticRegression(max_iter=1000), DummyClassifier())
    ]
    held_out = split.validation
    return max(fitted, key=lambda one: _macro_f1(held_out[TARGET].tolist(), one.predict(held_out).predicted))


def numbers(split: Split) -> SimpleNumbers:
    """The mean, or ridge regression: the better on the validation rows by RMSE."""
    from sklearn.dummy import DummyRegressor
    from sklearn.linear_model import RidgeCV

    train, held_out = _some(Amounts().known(split.train)), Amounts().known(split.validation)
    columns = _columns(train)
    fitted = [
        SimpleNumbers(columns, _fit(columns, train, amounts(train[TARGET]), model))
        for model in (RidgeCV(STRENGTHS), DummyRegressor())
    ]
    truth = amounts(held_out[TARGET])
    return min(fitted, key=lambda one: _error(truth, one.predict(held_out).values))


def _some(train: pd.DataFrame) -> pd.DataFrame:
    """All rows, or as many as are enough, evenly spread."""
    return train.iloc[:: max(1, -(-len(train) // MOST_ROWS))]


def _columns(train: pd.DataFrame) -> TableColumns:
    return understand(train, [str(name) for name in train.columns if name != TARGET]).columns


def _fit(columns: TableColumns, train: pd.DataFrame, answers: Any, model: Any) -> Any:
    """Medians for missing numbers, with a flag; a column of its own for every frequent value of a category."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = list(range(len(columns.numbers)))
    codes = list(range(len(numbers), len(numbers) + len(columns.categories)))
    numeric = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    frequent = OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=MOST_VALUES)
    pipeline = make_pipeline(make_column_transformer((numeric, numbers), (frequent, codes)), model)
    return pipeline.fit(_inputs(columns, train), answers)


def _inputs(columns: TableColumns, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Numbers, then codes of categories; buckets of hashed columns would mean nothing to a linear model."""
    codes = columns.codes(rows)[:, : len(columns.categories)]
    return np.column_stack([columns.values(rows).clip(-1e30, 1e30), codes])


def _macro_f1(truth: Sequence[str], guess: Sequence[str]) -> float:
    names, coded = np.unique(np.asarray([*truth, *guess], dtype=object).astype(str), return_inverse=True)
    true, guessed = coded.reshape(2, -1).astype(np.int64)
    return classification.quick(true, guessed, len(names))["macro_f1"] if len(true) else 0.0


def _error(truth: NDArray[np.float64], found: NDArray[np.float64]) -> float:
    return regression.quick(truth, found)["rmse"] if len(truth) else 0.0
