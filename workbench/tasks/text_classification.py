"""Text classification: a pretrained or a new network learns to give every text one of your labels."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.evaluate.panels import Scores
from workbench.recipe import Training
from workbench.tasks import (
    encoder_files,
    label_findings,
    label_metrics,
    text_export,
    text_findings,
    text_network_plan,
)
from workbench.tasks.label_findings import MANY_LABELS
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    LabelPredictions,
    LearnerContext,
    Metric,
    Predictions,
    Predicts,
    Role,
    Split,
    Suggestion,
    as_labels,
)
from workbench.tasks.text_findings import estimated_tokens
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem

if TYPE_CHECKING:
    from workbench.tasks.text_learner import Encoded

LABEL_NAMES = re.compile(r"label|class|categor|target|topic|sentiment|intent|spam|stars|rating|y$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TextClassification:
    """Stateless, as every task. Torch and transformers are imported by what trains, predicts or loads."""

    name: str = "text-classification"
    title: str = "Text classification"
    summary: str = "Give every text one of your labels: spam or not, the topic of a question, the mood of a review."
    icon: str = ":material/label:"
    default_model: str | None = "starter/minilm-l6"
    roles: tuple[Role, ...] = (
        Role("text", "Text", "The column with the texts that the model reads.", "text"),
        Role("label", "Label", "The column with the right answer for each text.", "category", target=True),
    )
    metrics: tuple[Metric, ...] = label_metrics.METRICS

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        text = max(profile.columns, key=like_text, default=None)
        label = max((column for column in profile.columns if column is not text), key=like_label, default=None)
        if text is None or label is None or like_text(text) <= 0 or like_label(label) <= 0:
            why = "It needs a column of texts and a column with a few labels that repeat."
            return Suggestion(0.0, why, {})
        reason = (
            f"'{text.name}' holds texts of about {text.mean_length:,.0f} characters, and '{label.name}' holds "
            f"{label.distinct} labels that repeat."
        )
        return Suggestion(0.9, reason, {"text": text.name, "label": label.name})

    def check(self, split: Split) -> list[Finding]:
        return [
            *label_findings.find(split, "label", self.title),
            *text_findings.find(split),
        ]

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,
    ) -> Mapping[str, Fact]:
        own = text_network_plan.folder_of(model)
        if own is not None:
            return text_network_plan.choose(training, split.train["text"].tolist(), own, device, machine)
        lengths = [estimated_tokens(text) for text in split.train["text"]]
        return rules.choose(training, lengths=lengths, device=device, machine=machine)

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks.text_baseline import fit

        return fit(split.train["text"].tolist(), split.train["label"].tolist())

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.models import folder
        from workbench.tasks import text_learner, text_network_learner
        from workbench.tasks.text_answers import Labels

        model, plan = encoder_files.chosen(context), context.plan
        if folder.kind(model) == text_network_plan.KIND:
            folder.check(model)
            return text_network_learner.learner(split, context, model)
        labels = tuple(sorted(set(split.train["label"])))
        network, tokenizer, most = encoder_files.begin(context, labels, text_learner.classifier(context.seed))
        encoded = text_learner.Encoded(network, tokenizer, labels, most, plan.device, context.cache)
        return text_learner.problem(encoded, Labels(labels), split, context)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        simple = None if baseline is None else as_labels(baseline)
        return label_metrics.score(truth["label"].tolist(), as_labels(predicted), simple)

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.models import folder as model_folder
        from workbench.tasks import text_network_learner
        from workbench.tasks.text_learner import Encoded, classifier

        if model_folder.kind(folder) == text_network_plan.KIND:
            model_folder.check(folder, "text")  # an imported or copied folder may say anything
            return text_network_learner.load(folder, device)
        kept = encoder_files.load(folder, device, classifier())
        return TextClassifierFitted(Encoded(kept.network, kept.tokenizer, kept.labels, kept.max_length, device))

    def export_files(self, folder: Path) -> Mapping[str, str]:
        return text_export.files(folder)


TASK = TextClassification()


@dataclass(frozen=True, slots=True)
class TextClassifierFitted:
    """A trained classifier of texts; predicts in exact arithmetic, whatever it was trained with."""

    encoded: "Encoded"

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        encoded = self.encoded
        scores = encoded.each(encoded.tokens(rows["text"].tolist(), keep=False), embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
        return LabelPredictions(encoded.labels, powers / powers.sum(axis=1, keepdims=True))

    def save(self, folder: Path) -> None:
        from workbench.networks.text_encoder import SCALE

        encoded = self.encoded
        about = {"max_length": encoded.max_length, "pooling": "mean", "scale": SCALE}
        encoder_files.save(folder, encoded.network, encoded.tokenizer, about, encoded.labels)


def like_text(column: ColumnProfile) -> float:
    """How much a column looks like texts: long, and seldom twice the same."""
    return column.mean_length if column.kind == "text" else 0.0


def like_label(column: ColumnProfile) -> float:
    """How much a column looks like labels: at least two that repeat, few of them, and perhaps named like it."""
    if column.kind not in ("category", "number") or not 2 <= column.distinct <= MANY_LABELS:
        return 0.0
    named = 1.0 if LABEL_NAMES.search(column.name) else 0.0
    kind = 0.5 if column.kind == "category" else 0.0
    return 0.1 + named + kind + 1 / column.distinct
