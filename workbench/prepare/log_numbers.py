"""Cleaning step: long tails of numbers get shorter."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class LogNumbers(PrepareStep):
    title: ClassVar[str] = "Logarithm"
    summary: ClassVar[str] = "Takes the logarithm of 1 + x: for incomes, counts and prices, where a few are very large."
    icon: ClassVar[str] = "show_chart"
    group: ClassVar[str] = "numbers"
    needs: ClassVar[str] = "features"

    step: Literal["log-numbers"] = "log-numbers"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to change. Numbers below 0 keep their sign.",
        json_schema_extra={"choose": "numbers"},
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:  # noqa: ARG002
        return tuple(Transform("log", name, {}) for name in columns.chosen(train, self.columns))
