"""Cleaning step: a date becomes its parts."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.errors import DataError
from workbench.prepare import columns
from workbench.prepare.dates import format_of
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform

_PART = Literal["year", "month", "day", "weekday", "hour", "days since 1970"]


class SplitDates(PrepareStep):
    title: ClassVar[str] = "Dates into parts"
    summary: ClassVar[str] = "Turns a date into year, month, weekday and so on: numbers that a model can learn from."
    icon: ClassVar[str] = "calendar_month"
    group: ClassVar[str] = "dates"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["split-dates"] = "split-dates"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to change; none means every column of dates.",
        json_schema_extra={"choose": "dates", "none": "Every column of dates"},
    )
    parts: tuple[_PART, ...] = Field(
        default=("year", "month", "weekday", "days since 1970"),
        min_length=1,
        title="Parts",
        description="Each becomes a column. Days since 1970 let a model see a trend; Monday is weekday 0.",
    )
    order: Literal["day first", "month first"] = Field(
        default="day first",
        title="03/04/2026 means",
        description="day first: 3 April. month first: March 4th. It only matters where both would fit every row.",
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        made = []
        for name in columns.dates(train, roles, self.columns):
            format = format_of(train[name].tolist(), month_first=self.order == "month first")
            if format is None:
                raise DataError(
                    f"the cells of the column '{name}' are not all dates written in one way",
                    remedy="Choose another column, or write its dates as 2026-11-22.",
                    code="PREP-03",
                )
            into = tuple(f"{name} {part}" for part in self.parts)
            made.append(Transform("date_parts", name, {"format": format, "parts": list(self.parts)}, into))
        return tuple(made)
