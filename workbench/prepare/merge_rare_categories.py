"""Cleaning step: rare categories become one."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class MergeRareCategories(PrepareStep):
    title: ClassVar[str] = "Rare categories together"
    summary: ClassVar[str] = "Makes categories with few training rows one category: a handful of rows teaches nothing."
    icon: ClassVar[str] = "merge"
    group: ClassVar[str] = "categories"
    needs: ClassVar[str] = "features"
    learns: ClassVar[bool] = True

    step: Literal["merge-rare-categories"] = "merge-rare-categories"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to change; none means every column of categories.",
        json_schema_extra={"choose": "categories", "none": "Every column of categories"},
    )
    fewest: int = Field(
        default=10, ge=2, le=10_000, title="Fewest rows", description="A category with fewer training rows is rare."
    )
    other: str = Field(default="other", title="Name", description="What rare and unknown categories are called.")

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        made = []
        for name in columns.categories(train, roles, self.columns):
            counts = train[name].value_counts()
            kept = sorted(counts.index[counts >= self.fewest].tolist())
            made.append(Transform("merge_rare", name, {"kept": kept, "other": self.other}))
        return tuple(made)
