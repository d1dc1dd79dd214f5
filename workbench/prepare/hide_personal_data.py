"""Cleaning step: e-mail addresses, phone numbers and the like are hidden."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class HidePersonalData(PrepareStep):
    title: ClassVar[str] = "Hide personal data"
    summary: ClassVar[str] = (
        "Hides e-mail addresses, phone, card, account and identity numbers, so that no model learns them by heart."
    )
    icon: ClassVar[str] = "shield_person"
    group: ClassVar[str] = "personal data"
    needs: ClassVar[str] = "words"

    step: Literal["hide-personal-data"] = "hide-personal-data"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns to change; none means everything that the model reads.",
        json_schema_extra={"choose": "texts", "none": "Everything that is read"},
    )
    how: Literal["mask", "hash", "drop"] = Field(
        default="mask",
        title="How",
        description=(
            "mask: [e-mail address]. hash: [email 3f9a0c12], the same value always the same, for who needs to tell "
            "people apart. drop: nothing in its place."
        ),
    )
    salt: str = Field(
        default="",
        title="Salt",
        description="Any words of yours; without them somebody could find out a hashed value by trying.",
    )

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:
        names = columns.chosen(train, self.columns) or (*roles.texts, *(roles.features or ()))
        return tuple(Transform("hide_personal_data", name, {"how": self.how, "salt": self.salt}) for name in names)
