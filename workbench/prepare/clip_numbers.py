"""Cleaning step: extreme numbers are brought back to the edge of the usual range."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class ClipNumbers(PrepareStep):
    """Winsorising: the range is learned from the training rows' quantiles."""

    title: ClassVar[str] = "Clip extreme numbers"
    summary: ClassVar[str] = "Brings the most extreme numbers back to the edge of the usual range, and keeps the rows."
    icon: ClassVar[str] = "content_cut"
    group: ClassVar[str] = "numbers"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["clip-numbers"] = "clip-numbers"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to clip; none means every column of numbers.",
        json_schema_extra={"choose": "numbers", "none": "Every column of numbers"},
    )
    share: float = Field(
        default=0.01,
        ge=0,
        le=0.2,
        title="Share at each end",
        description="0.01 brings the smallest and the largest hundredth of the training values to the range's edges.",
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        made = []
        for name in columns.numbers(train, roles, self.columns):
            values = columns.values(train[name])
            if len(values):
                edges = {"low": float(values.quantile(self.share)), "high": float(values.quantile(1 - self.share))}
                made.append(Transform("clip", name, edges))
        return tuple(made)
