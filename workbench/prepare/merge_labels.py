"""Cleaning step: labels get other names, and labels with the same name become one."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class MergeLabels(PrepareStep):
    title: ClassVar[str] = "Rename and merge labels"
    summary: ClassVar[str] = "Gives labels other names; those that get the same name become one, as 'Pos' and 'pos '."
    icon: ClassVar[str] = "merge_type"
    group: ClassVar[str] = "labels"
    needs: ClassVar[str] = "label"

    step: Literal["merge-labels"] = "merge-labels"
    labels: dict[str, str] = Field(
        default_factory=dict,
        title="New names",
        description="Only labels with a new name change.",
        json_schema_extra={"choose": "labels"},
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:  # noqa: ARG002
        names = {old: new.strip() for old, new in self.labels.items() if new.strip()}
        return (Transform("rename", roles.label, {"names": names}),) if roles.label and names else ()
