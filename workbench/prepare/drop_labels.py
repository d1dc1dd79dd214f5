"""Cleaning step: rows of some labels go."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropLabels(PrepareStep):
    title: ClassVar[str] = "Leave out labels"
    summary: ClassVar[str] = "Leaves out all rows of some labels: too few to learn from, or not wanted as an answer."
    icon: ClassVar[str] = "label_off"
    group: ClassVar[str] = "labels"
    needs: ClassVar[str] = "label"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-labels"] = "drop-labels"
    labels: tuple[str, ...] = Field(
        default=(),
        title="Labels",
        description="The model will never answer with one of them.",
        json_schema_extra={"choose": "labels"},
    )

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        if roles.label is None:
            return np.ones(len(rows), dtype=bool)
        kept: NDArray[np.bool_] = ~rows[roles.label].isin(self.labels).to_numpy(dtype=bool)
        return kept
