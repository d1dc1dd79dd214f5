"""The shape of a preparation step: its settings, and what it does to a table."""

from collections.abc import Sequence
from typing import ClassVar

import pandas as pd
from pydantic import BaseModel, ConfigDict


class PrepareStep(BaseModel):
    """Settings of one step and the change it makes; fields carry title, description and limits for forms.

    A step that drops rows has ``drops_rows`` set and is left out at prediction time. ``portable`` names the
    function of ``prepare.text_functions`` that does the same to one text, so that an exported model can do it
    without the workbench; it takes the text and the settings by keyword.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence: what it does, and why one would want it
    icon: ClassVar[str]
    drops_rows: ClassVar[bool] = False
    portable: ClassVar[str] = ""

    def apply(self, rows: pd.DataFrame, inputs: Sequence[str], target: str | None) -> pd.DataFrame:
        """The changed table. ``inputs`` are the text columns, ``target`` the label column; the index is kept."""
        raise NotImplementedError
