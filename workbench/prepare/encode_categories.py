"""Cleaning step: categories become numbers."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class EncodeCategories(PrepareStep):
    """What scikit-learn's OneHotEncoder and OrdinalEncoder learn, from training rows only."""

    title: ClassVar[str] = "Categories into numbers"
    summary: ClassVar[str] = (
        "Gives every category a column of 0 and 1, or a number; models for tables that know categories need it not."
    )
    icon: ClassVar[str] = "grid_on"
    group: ClassVar[str] = "categories"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["encode-categories"] = "encode-categories"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to change; none means every column of categories.",
        json_schema_extra={"choose": "categories", "none": "Every column of categories"},
    )
    method: Literal["one-hot", "ordinal"] = Field(
        default="one-hot",
        title="How",
        description=(
            "one-hot: a column for every category. ordinal: its place in the alphabet, for categories with an order. "
            "A category that training never saw becomes all 0, or -1."
        ),
    )
    most: int = Field(
        default=50,
        ge=2,
        le=1000,
        title="Most columns",
        description="So many of the most frequent categories get a column; rarer ones are all 0.",
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        names = columns.categories(train, roles, self.columns)
        return tuple(self._transform(name, train[name]) for name in names)

    def _transform(self, name: str, cells: pd.Series) -> Transform:
        filled = cells[cells.str.strip() != ""]
        if self.method == "ordinal":
            return Transform("ordinal", name, {"categories": sorted(filled.unique().tolist())})
        kept = sorted(filled.value_counts().index[: self.most].tolist())
        return Transform("one_hot", name, {"categories": kept}, tuple(f"{name} = {category}" for category in kept))
