"""Cleaning step: columns that the model must not read."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class DropColumns(PrepareStep):
    title: ClassVar[str] = "Leave out columns"
    summary: ClassVar[str] = (
        "Takes columns out that say nothing, or that give the answer away, such as numbers of rows."
    )
    icon: ClassVar[str] = "delete_sweep"
    group: ClassVar[str] = "columns"
    needs: ClassVar[str] = "features"

    step: Literal["drop-columns"] = "drop-columns"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The model never sees them, in training or later.",
        json_schema_extra={"choose": "features"},
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        played = set(roles.columns.values())
        return tuple(
            Transform("fill", name, {"value": ""}, ())
            for name in columns.chosen(train, self.columns)
            if name not in played
        )
