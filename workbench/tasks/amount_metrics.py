"""The numbers by which models that predict amounts are compared, and how answers become these numbers."""

import pandas as pd

from workbench.evaluate.panels import Scores
from workbench.tasks.protocol import Metric, NumberPredictions
from workbench.tasks.table_columns import amounts

METRICS = (
    Metric(
        "rmse",
        "RMSE",
        "How far off the predictions are, in the unit of the target; large errors count more.",
        higher_is_better=False,
        fraction=False,
    ),
    Metric(
        "mae",
        "MAE",
        "How far off the predictions are on average, in the unit of the target.",
        higher_is_better=False,
        fraction=False,
    ),
    Metric(
        "r2",
        "R²",
        "How much of the target's variation is explained: 1 is all of it, 0 is no better than the mean.",
        fraction=False,
    ),
)


def score(truth: pd.Series, predicted: NumberPredictions, baseline: NumberPredictions | None = None) -> Scores:
    """Numbers and panels; with the baseline's predictions of the same rows, also how sure the differences are."""
    from workbench.evaluate import regression

    return regression.score(amounts(truth), predicted.values, None if baseline is None else baseline.values)
