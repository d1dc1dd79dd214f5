"""The numbers by which models that give labels are compared, and how answers become these numbers."""

from collections.abc import Sequence

from workbench.evaluate.panels import Scores
from workbench.tasks.protocol import LabelPredictions, Metric

MOST_IMPORTANT = (
    Metric(
        "macro_f1",
        "Macro F1",
        "The mean of the labels' F1, so that a rare label counts as much as a frequent one.",
    ),
    Metric("accuracy", "Accuracy", "The share of rows that got the right label."),
)
OTHERS = (
    Metric("weighted_f1", "Weighted F1", "The mean of the labels' F1, each label counted by its rows."),
    Metric("macro_precision", "Macro precision", "Of the rows given a label, the share that has it, over labels."),
    Metric("macro_recall", "Macro recall", "Of the rows that have a label, the share found, over labels."),
)
METRICS = MOST_IMPORTANT + OTHERS


def score(truth: Sequence[str], predicted: LabelPredictions, baseline: LabelPredictions | None = None) -> Scores:
    """Numbers and panels; with the baseline's predictions of the same rows, also how sure the differences are."""
    from workbench.evaluate import classification

    scores = classification.score(truth, predicted.predicted, predicted.labels, predicted.confidence.tolist())
    if baseline is None:
        return scores
    return classification.against(scores, truth, predicted.predicted, baseline.predicted)
