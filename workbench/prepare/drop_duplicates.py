"""Cleaning step: of equal rows only the first stays."""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropDuplicates(PrepareStep):
    title: ClassVar[str] = "Drop duplicates"
    summary: ClassVar[str] = "Keeps the first of equal rows, so that no test row was already seen in training."
    icon: ClassVar[str] = "content_copy"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-duplicates"] = "drop-duplicates"
    by: Literal["text", "text and label"] = Field(
        default="text",
        title="Rows are equal when",
        description=(
            "text: the text is the same; the first label counts. text and label: both are the same; a text under two "
            "labels stays twice, and may then be in training and in test."
        ),
    )

    def apply(self, rows: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        columns = [*roles.inputs, roles.target] if roles.target and self.by == "text and label" else list(roles.inputs)
        return rows.drop_duplicates(subset=columns, keep="first")
