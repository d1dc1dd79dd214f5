"""The shape of a preparation step: its settings, and what it does to a table."""

from functools import partial
from typing import ClassVar

import pandas as pd
from pydantic import BaseModel, ConfigDict

from workbench.prepare.roles import Roles
from workbench.prepare.text_functions import FUNCTIONS


class PrepareStep(BaseModel):
    """Settings of one step and the change it makes; fields carry title, description and limits for forms.

    A step that changes texts names its function of ``prepare.text_functions`` as ``portable``: it takes a text,
    and the settings by keyword, and an exported model does the same with it, without the workbench. A step that
    drops rows has ``drops_rows`` set, its own ``apply``, and is left out at prediction time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence: what it does, and why one would want it
    icon: ClassVar[str]
    drops_rows: ClassVar[bool] = False
    portable: ClassVar[str] = ""

    def apply(self, rows: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        """The changed table; its columns bear the names of the roles, and rows that stay keep their index."""
        change = partial(FUNCTIONS[self.portable], **self.model_dump(exclude={"step"}))
        texts = {name: list(map(change, rows[name].tolist())) for name in roles.inputs}
        return rows.assign(**{name: pd.Series(column, rows.index, dtype="str") for name, column in texts.items()})
