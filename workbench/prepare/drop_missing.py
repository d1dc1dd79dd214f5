"""Cleaning step: rows, or columns, with too many empty cells go."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare import columns
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropMissing(PrepareStep):
    title: ClassVar[str] = "Drop rows with missing values"
    summary: ClassVar[str] = "Leaves out rows with empty cells; simple and honest when there are only a few of them."
    icon: ClassVar[str] = "playlist_remove"
    group: ClassVar[str] = "missing values"
    needs: ClassVar[str] = "features"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-missing"] = "drop-missing"
    columns: tuple[str, ...] = Field(
        default=(),
        title="Columns",
        description="The columns that have to be filled; none means every feature.",
        json_schema_extra={"choose": "features", "none": "Every feature"},
    )

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        kept = np.ones(len(rows), dtype=bool)
        for name in columns.chosen(rows, self.columns) or roles.features or ():
            kept &= rows[name].str.strip().ne("").to_numpy(dtype=bool)
        return kept
