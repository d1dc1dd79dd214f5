"""Cleaning step: rows without a text go."""

from typing import ClassVar, Literal

import pandas as pd

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropEmpty(PrepareStep):
    title: ClassVar[str] = "Drop empty rows"
    summary: ClassVar[str] = (
        "Leaves out rows whose text is missing or only white space: nothing can be learned from them."
    )
    icon: ClassVar[str] = "filter_alt"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-empty"] = "drop-empty"

    def apply(self, rows: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        keep = [all(text.strip() for text in texts) for texts in rows[list(roles.inputs)].itertuples(index=False)]
        return rows[keep]
