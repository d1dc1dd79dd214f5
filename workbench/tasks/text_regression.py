"""Text regression: a pretrained network learns to give every text a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.evaluate.panels import Scores
from workbench.recipe import Training
from workbench.tasks import amount_metrics, encoder_files, label_findings, table_findings, text_export, text_findings
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    LearnerContext,
    Metric,
    NumberPredictions,
    Predictions,
    Predicts,
    Role,
    Split,
    Suggestion,
    as_numbers,
)
from workbench.tasks.table_answers import TARGET
from workbench.tasks.table_suits import AMOUNTS, FEW, LABELS
from workbench.tasks.text_classification import like_text
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem

if TYPE_CHECKING:
    from workbench.tasks.text_answers import Numbers
    from workbench.tasks.text_learner import Encoded


@dataclass(frozen=True, slots=True)
class TextRegression:
    """Stateless, as every task. Torch and transformers are imported by what trains, predicts or loads."""

    name: str = "text-regression"
    title: str = "Text regression"
    summary: str = "Predict a number for every text: the price of an offer, how hard a text is to read, a score."
    icon: str = ":material/speed:"
    default_model: str | None = "starter/minilm-l6"
    roles: tuple[Role, ...] = (
        Role("text", "Text", "The column with the texts that the model reads.", "text"),
        Role(TARGET, "Target", "The column with the number that is to be predicted.", "number", target=True),
    )
    metrics: tuple[Metric, ...] = amount_metrics.METRICS

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        text = max(profile.columns, key=like_text, default=None)
        target = max((column for column in profile.columns if column is not text), key=_like_amount, default=None)
        if profile.images or text is None or target is None or like_text(text) <= 0 or _like_amount(target) <= 0:
            return Suggestion(0.0, "It needs a column of texts and a column with many different numbers.", {})
        reason = (
            f"'{text.name}' holds texts of about {text.mean_length:,.0f} characters, and '{target.name}' holds "
            f"{target.distinct:,} numbers."
        )
        labels = [column for column in profile.columns if column not in (text, target) and _may_be_label(column)]
        named = AMOUNTS.search(target.name) is not None and not any(LABELS.search(column.name) for column in labels)
        return Suggestion(0.91 if named or not labels else 0.6, reason, {"text": text.name, TARGET: target.name})

    def check(self, split: Split) -> list[Finding]:
        if missing := label_findings.without_rows(split):
            return missing
        return [*table_findings.not_numbers(split, "text classification"), *text_findings.find(split)]

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,  # noqa: ARG002  (all learn alike)
    ) -> Mapping[str, Fact]:
        lengths = [text_findings.estimated_tokens(text) for text in split.train["text"]]
        facts = rules.choose(training, lengths=lengths, device=device, machine=machine)
        return {key: fact for key, fact in facts.items() if key not in rules.of_labels(training)}

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks import text_baseline

        return text_baseline.fit_amounts(split)

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.tasks import text_learner
        from workbench.tasks.text_answers import Numbers

        numbers = Numbers.of(split.train)
        network, tokenizer, most = encoder_files.begin(context, (TARGET,), text_learner.classifier(context.seed))
        encoded = text_learner.Encoded(network, tokenizer, (TARGET,), most, context.plan.device, context.cache)
        return text_learner.problem(encoded, numbers, split, context)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        simple = None if baseline is None else as_numbers(baseline)
        return amount_metrics.score(truth[TARGET], as_numbers(predicted), simple)

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.networks.text_encoder import TextClassifier
        from workbench.tasks.text_answers import Numbers
        from workbench.tasks.text_learner import Encoded

        kept = encoder_files.load(
            folder, device, lambda encoder, width, _: TextClassifier(encoder, width, 1), ("centre", "spread")
        )
        numbers = Numbers(float(kept.about["centre"]), float(kept.about["spread"]))
        return TextRegressorFitted(Encoded(kept.network, kept.tokenizer, (TARGET,), kept.max_length, device), numbers)

    def export_files(self, folder: Path) -> Mapping[str, str]:
        return text_export.files(folder, "text_regression_predict.py")


TASK = TextRegression()


@dataclass(frozen=True, slots=True)
class TextRegressorFitted:
    """A trained model that gives texts numbers; predicts in exact arithmetic, whatever it was trained with."""

    encoded: "Encoded"
    numbers: "Numbers"

    def predict(self, rows: pd.DataFrame) -> NumberPredictions:
        encoded = self.encoded
        scores = encoded.each(encoded.tokens(rows["text"].tolist(), keep=False), embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        return NumberPredictions(self.numbers.amounts(scores))

    def save(self, folder: Path) -> None:
        from workbench.networks.text_encoder import SCALE

        encoded, numbers = self.encoded, self.numbers
        about = {"max_length": encoded.max_length, "pooling": "mean", "scale": SCALE}
        about |= {"centre": numbers.centre, "spread": numbers.spread}
        encoder_files.save(folder, encoded.network, encoded.tokenizer, about)


def _like_amount(column: ColumnProfile) -> float:
    """How much a column looks like an amount: many different numbers, and perhaps named like one."""
    if column.kind != "number" or column.distinct <= FEW:
        return 0.0
    return 1.0 + (AMOUNTS.search(column.name) is not None)


def _may_be_label(column: ColumnProfile) -> bool:
    return column.kind == "category" or (column.kind == "number" and 2 <= column.distinct <= FEW)
