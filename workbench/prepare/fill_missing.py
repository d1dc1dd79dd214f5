"""Cleaning step: something in place of empty cells."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class FillMissing(PrepareStep):
    """The values that scikit-learn's SimpleImputer learns, from training rows only."""

    title: ClassVar[str] = "Fill missing values"
    summary: ClassVar[str] = "Puts a typical value of the training rows into empty cells, so that no row is lost."
    icon: ClassVar[str] = "format_color_fill"
    group: ClassVar[str] = "missing values"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["fill-missing"] = "fill-missing"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to fill; none means every feature.",
        json_schema_extra={"choose": "features", "none": "Every feature"},
    )
    numbers: Literal["median", "mean", "most frequent", "constant"] = Field(
        default="median",
        title="Numbers become",
        description="The median is not disturbed by outliers; the mean suits even spreads.",
    )
    others: Literal["most frequent", "constant"] = Field(
        default="most frequent",
        title="Other cells become",
        description="A constant such as 'unknown' lets the model learn what being missing means.",
    )
    constant: str = Field(
        default="unknown", title="Constant", description="What is put in where a constant was chosen."
    )
    constant_number: float = Field(default=0.0, title="Constant number", description="The same for columns of numbers.")
    flag: bool = Field(
        default=False,
        title="Add a column that says so",
        description="A new column with 1 where the cell was empty: useful when it is missing for a reason.",
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        made = []
        for name in columns.chosen(train, self.columns) or roles.features or ():
            settings = {"value": self._value(train[name])}
            if self.flag and bool((train[name].str.strip() == "").any()):
                made.append(Transform("fill_and_flag", name, settings, (name, f"{name} was missing")))
            else:
                made.append(Transform("fill", name, settings))
        return tuple(made)

    def _value(self, cells: pd.Series) -> str:
        filled = cells[cells.str.strip() != ""]
        is_number = columns.is_number(cells)
        how = self.numbers if is_number else self.others
        if how == "constant" or filled.empty:
            return repr(self.constant_number) if is_number else self.constant
        values = columns.values(cells)
        if how == "most frequent" and is_number:  # 1 and 1.0 are the same; as it was written first
            return str(filled.iloc[int((values == values.mode().iloc[0]).to_numpy().argmax())])
        if how == "most frequent":
            return str(filled.mode().iloc[0])
        return repr(float(values.median() if how == "median" else values.mean()))
