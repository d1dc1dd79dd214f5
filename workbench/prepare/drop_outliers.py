"""Cleaning step: rows with a number far from all others go."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.table_functions import number


class DropOutliers(PrepareStep):
    title: ClassVar[str] = "Drop outliers"
    summary: ClassVar[str] = (
        "Leaves out training rows with a number far from all others, which are often mistakes of measuring or typing."
    )
    icon: ClassVar[str] = "scatter_plot"
    group: ClassVar[str] = "rows"
    needs: ClassVar[str] = "features"
    drops_rows: ClassVar[bool] = True
    learns: ClassVar[bool] = True

    step: Literal["drop-outliers"] = "drop-outliers"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to look at; none means every column of numbers.",
        json_schema_extra={"choose": "numbers", "none": "Every column of numbers"},
    )
    method: Literal["iqr", "z-score"] = Field(
        default="iqr",
        title="Far means",
        description=(
            "iqr: beyond the middle half by so many times its width (Tukey); not disturbed by the outliers themselves. "
            "z-score: so many standard deviations from the mean."
        ),
    )
    limit: float = Field(
        default=3.0, ge=0.5, le=10, title="Distance", description="Lower drops more. Usual: iqr 1.5 to 3, z-score 3."
    )
    everywhere: bool = Field(
        default=False,
        title="In validation and test too",
        description="Off keeps the scores honest: real life has outliers. On where they are known to be mistakes.",
    )

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:
        kept = np.ones(len(rows), dtype=bool)
        for name in columns.numbers(rows[train], roles, self.columns):
            low, high = self._bounds(columns.values(rows[name][train]))
            values = np.asarray([np.nan if (value := number(cell)) is None else value for cell in rows[name]])
            kept &= ~((values < low) | (values > high))  # an empty cell is no outlier
        return kept if self.everywhere else kept | ~train

    def _bounds(self, values: pd.Series) -> tuple[float, float]:
        """The range beyond which a number is far, from training rows."""
        if values.empty:
            return -np.inf, np.inf
        if self.method == "z-score":
            mean, spread = float(values.mean()), float(values.std(ddof=0))
            return mean - self.limit * spread, mean + self.limit * spread
        first, third = (float(values.quantile(share)) for share in (0.25, 0.75))
        return first - self.limit * (third - first), third + self.limit * (third - first)
