"""Tabular classification: quick models or a small network learn to give every row of a table one of your labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.data.profiles.profile import TableProfile
from workbench.evaluate.panels import Scores
from workbench.recipe import Training
from workbench.tasks import label_findings, label_metrics, table_export, table_findings, table_plan, table_suits
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    LearnerContext,
    Metric,
    Predictions,
    Predicts,
    Role,
    Split,
    Suggestion,
    as_labels,
)
from workbench.tasks.table_answers import TARGET, Labels
from workbench.tasks.table_roles import FEATURES
from workbench.training import rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem


@dataclass(frozen=True, slots=True)
class TabularClassification:
    """Stateless, as every task. Torch and scikit-learn are imported by what trains, predicts or loads."""

    name: str = "tabular-classification"
    title: str = "Tabular classification"
    summary: str = "Give every row of a table one of your labels: the kind of a flower, whether a customer will leave."
    icon: str = ":material/table_chart:"
    default_model: str | None = "scratch/best-of"
    roles: tuple[Role, ...] = (
        Role(TARGET, "Target", "The column with the right answer for each row.", "category", target=True),
        FEATURES,
    )
    metrics: tuple[Metric, ...] = (
        *label_metrics.MOST_IMPORTANT,
        Metric(
            "roc_auc",
            "ROC-AUC",
            "How often a row of a label is held to be likelier than one of another label; 50 % is chance.",
        ),
        Metric(
            "log_loss",
            "Log loss",
            "How surprised the model is by the truth on average; 0 is perfect.",
            higher_is_better=False,
            fraction=False,
        ),
        *label_metrics.OTHERS,
    )

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        fit, target = table_suits.fit(profile, "label")
        if target is None:
            why = "It needs a column with a few labels that repeat, and others with numbers or words that repeat."
            return Suggestion(0.0, why, {})
        reason = f"'{target.column.name}' holds {target.column.distinct} labels, and other columns may tell them."
        return Suggestion(fit, reason, {TARGET: target.column.name})

    def check(self, split: Split) -> list[Finding]:
        return [
            *label_findings.find(split, TARGET, self.title),
            *table_findings.numbers_as_labels(split),
            *table_findings.find(split),
        ]

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,
    ) -> Mapping[str, Fact]:
        facts = table_plan.choose(training, len(split.train), device, machine, model)
        return {**facts, **rules.of_labels(training)} if "epochs" in facts else facts

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks import table_baseline

        return table_baseline.labels(split)

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.tasks import table_learner

        return table_learner.learner(split, Labels(sorted(set(split.train[TARGET]))), context)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        from workbench.evaluate import probabilities

        labels, found = truth[TARGET].tolist(), as_labels(predicted)
        simple = None if baseline is None else as_labels(baseline)
        return probabilities.added(
            label_metrics.score(labels, found, simple),
            labels,
            (found.labels, found.probabilities),
            None if simple is None else (simple.labels, simple.probabilities),
        )

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.tasks import table_learner

        return table_learner.load(folder, device)

    def export_files(self, folder: Path) -> Mapping[str, str]:
        return table_export.files(folder)


TASK = TabularClassification()
