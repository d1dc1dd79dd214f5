"""Cleaning step: numbers become a few ranges."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class BinNumbers(PrepareStep):
    """The edges that scikit-learn's KBinsDiscretizer learns (strategies uniform and quantile), from training rows."""

    title: ClassVar[str] = "Numbers into ranges"
    summary: ClassVar[str] = "Turns numbers into ranges such as '20 to 30', where the exact number says little."
    icon: ClassVar[str] = "bar_chart"
    group: ClassVar[str] = "numbers"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["bin-numbers"] = "bin-numbers"
    columns: tuple[str, ...] = Field(
        default=(), title="Columns", description="The columns to change.", json_schema_extra={"choose": "numbers"}
    )
    ranges: int = Field(default=5, ge=2, le=50, title="Ranges", description="More keep more detail.")
    width: Literal["equal rows", "equal width"] = Field(
        default="equal rows",
        title="Ranges of",
        description="equal rows: every range holds as many training rows. equal width: every range is as wide.",
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:  # noqa: ARG002
        return tuple(
            Transform("bin", name, {"edges": self._edges(columns.values(train[name]))})
            for name in columns.chosen(train, self.columns)
        )

    def _edges(self, values: pd.Series) -> list[float]:
        """The inner edges, rising and each once."""
        if values.empty:
            return []
        shares = np.linspace(0, 1, self.ranges + 1)[1:-1]
        if self.width == "equal rows":
            return sorted({float(edge) for edge in values.quantile(shares)})
        low, high = float(values.min()), float(values.max())
        return sorted({low + share * (high - low) for share in shares.tolist()})
