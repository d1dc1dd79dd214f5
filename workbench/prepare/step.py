"""The shape of a preparation step: its settings, and what it does to a table."""

from typing import ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from workbench.prepare.roles import Roles
from workbench.prepare.transforms import Transform


class PrepareStep(BaseModel):
    """Settings of one step and the change it makes; fields carry title, description and limits for forms.

    A step either changes cells or drops rows (``drops_rows``). What changes cells says how as ``transforms``, which an
    exported model repeats on new rows; what drops rows is left out at prediction time. A step that ``learns`` from
    the rows sees the training part only: the rows are divided before the first such step.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence: what it does, and why one would want it
    icon: ClassVar[str]
    group: ClassVar[str] = "text"  # under which heading a page offers it
    needs: ClassVar[str] = (
        "text"  # what there must be to work on: "text", "image", "features", "words", "label", "rows"
    )
    drops_rows: ClassVar[bool] = False
    learns: ClassVar[bool] = False
    portable: ClassVar[str] = ""  # the function of ``prepare.transforms`` that is applied to texts, with the settings

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:  # noqa: ARG002
        """How cells change. ``train`` holds the training rows (all rows before the split), under their own columns."""
        settings = self.model_dump(exclude={"step"})
        return tuple(Transform(self.portable, column, settings) for column in roles.texts)

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        """Which rows stay; ``train`` marks the training rows, all rows before the split."""
        return np.ones(len(rows), dtype=bool)
