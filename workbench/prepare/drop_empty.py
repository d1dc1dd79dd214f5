"""Cleaning step: rows in which there is nothing to read go."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropEmpty(PrepareStep):
    title: ClassVar[str] = "Drop empty rows"
    summary: ClassVar[str] = (
        "Leaves out rows whose text or image is missing, or whose features all are: nothing can be learned from them."
    )
    icon: ClassVar[str] = "filter_alt"
    group: ClassVar[str] = "rows"
    needs: ClassVar[str] = "rows"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-empty"] = "drop-empty"

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        needed = [*roles.texts, *roles.pictures]
        kept = _filled(rows, needed).all(axis="columns").to_numpy(dtype=bool)
        if roles.features:
            kept = kept & _filled(rows, roles.features).any(axis="columns").to_numpy(dtype=bool)
        return kept


def _filled(rows: pd.DataFrame, columns: list[str] | tuple[str, ...]) -> pd.DataFrame:
    """Which cells hold more than white space."""
    filled: pd.DataFrame = rows[list(columns)].apply(lambda cells: cells.str.strip().ne(""))
    return filled
