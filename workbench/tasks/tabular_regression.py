"""Tabular regression: quick models or a small network learn to predict a number from the other columns of a row."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from workbench.data.profiles.profile import TableProfile
from workbench.evaluate.panels import Scores
from workbench.recipe import Training
from workbench.tasks import amount_metrics, table_export, table_findings, table_plan, table_suits
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
    as_numbers,
)
from workbench.tasks.table_answers import TARGET, Amounts
from workbench.tasks.table_roles import FEATURES
from workbench.training.machine import Machine
from workbench.training.problem import Problem


@dataclass(frozen=True, slots=True)
class TabularRegression:
    """Stateless, as every task. Torch and scikit-learn are imported by what trains, predicts or loads."""

    name: str = "tabular-regression"
    title: str = "Tabular regression"
    summary: str = "Predict a number for every row of a table: a price, a demand, how an illness goes on."
    icon: str = ":material/monitoring:"
    default_model: str | None = "scratch/best-of"
    roles: tuple[Role, ...] = (
        Role(TARGET, "Target", "The column with the number that is to be predicted.", "number", target=True),
        FEATURES,
    )
    metrics: tuple[Metric, ...] = amount_metrics.METRICS

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        fit, target = table_suits.fit(profile, "amount")
        if target is None:
            why = "It needs a column with many different numbers, and others with numbers or words that repeat."
            return Suggestion(0.0, why, {})
        reason = f"'{target.column.name}' holds {target.column.distinct:,} numbers, and other columns may tell them."
        return Suggestion(fit, reason, {TARGET: target.column.name})

    def check(self, split: Split) -> list[Finding]:
        return [*table_findings.not_numbers(split), *table_findings.find(split)]

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,
    ) -> Mapping[str, Fact]:
        return table_plan.choose(training, len(split.train), device, machine, model)

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks import table_baseline

        return table_baseline.numbers(split)

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.tasks import table_learner

        return table_learner.learner(split, Amounts(), context)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        simple = None if baseline is None else as_numbers(baseline)
        return amount_metrics.score(truth[TARGET], as_numbers(predicted), simple)

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.tasks import table_learner

        return table_learner.load(folder, device)

    def export_files(self, folder: Path) -> Mapping[str, str]:
        return table_export.files(folder)


TASK = TabularRegression()
