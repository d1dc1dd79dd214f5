"""Cleaning step: numbers of one size."""

import math
from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from workbench.errors import DataError
from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class ScaleNumbers(PrepareStep):
    """What scikit-learn's StandardScaler, MinMaxScaler and RobustScaler learn, from training rows only."""

    title: ClassVar[str] = "Scale numbers"
    summary: ClassVar[str] = (
        "Brings all numbers to one size, so that a column in grams does not outweigh one in metres."
    )
    icon: ClassVar[str] = "straighten"
    group: ClassVar[str] = "numbers"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["scale-numbers"] = "scale-numbers"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to scale; none means every column of numbers.",
        json_schema_extra={"choose": "numbers", "none": "Every column of numbers"},
    )
    method: Literal["standard", "0 to 1", "-1 to 1", "robust"] = Field(
        default="standard",
        title="How",
        description=(
            "standard: mean 0, standard deviation 1. 0 to 1 and -1 to 1: from the smallest to the largest training "
            "value; new rows may lie outside. robust: median 0, middle half 1 wide; not disturbed by outliers."
        ),
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        names = columns.numbers(train, roles, self.columns)
        return tuple(Transform("scale", name, self._finite(name, columns.values(train[name]))) for name in names)

    def _finite(self, name: str, values: pd.Series) -> dict[str, float]:
        """The settings. Raises DataError where they are beyond what a number can hold."""
        with np.errstate(over="ignore", invalid="ignore"):
            settings = self._settings(values)
        if not all(map(math.isfinite, settings.values())):
            raise DataError(
                f"the numbers of the column '{name}' are too large to be scaled",
                where=f"step '{self.title}'",
                remedy="Clip them first, or choose only the other columns.",
                code="PREP-06",
            )
        return settings

    def _settings(self, values: pd.Series) -> dict[str, float]:
        """``minus``, ``divide`` and ``plus``; a column of one value is only moved."""
        if values.empty:
            return {"minus": 0.0, "divide": 1.0}
        if values.min() == values.max() and self.method in ("standard", "robust"):  # rounding makes a spread of it
            return {"minus": float(values.iloc[0]), "divide": 1.0}
        if self.method == "standard":
            return {"minus": float(values.mean()), "divide": float(values.std(ddof=0)) or 1.0}
        if self.method == "robust":
            width = float(values.quantile(0.75) - values.quantile(0.25))
            return {"minus": float(values.median()), "divide": width or 1.0}
        low, width = float(values.min()), float(values.max() - values.min()) or 1.0
        if self.method == "0 to 1":
            return {"minus": low, "divide": width}
        return {"minus": low, "divide": width / 2, "plus": -1.0}
