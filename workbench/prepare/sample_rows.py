"""Cleaning step: a random part of the rows."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class SampleRows(PrepareStep):
    title: ClassVar[str] = "Take a sample"
    summary: ClassVar[str] = "Keeps some rows, drawn at random: for a quick first try before training on everything."
    icon: ClassVar[str] = "casino"
    group: ClassVar[str] = "rows"
    needs: ClassVar[str] = "rows"
    drops_rows: ClassVar[bool] = True

    step: Literal["sample-rows"] = "sample-rows"
    rows: int = Field(
        default=2000, ge=10, title="Rows", description="So many rows stay, every label in its share. Fewer are faster."
    )
    seed: int = Field(default=7, ge=0, title="Draw", description="Another number draws other rows.")

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        if len(rows) <= self.rows:
            return np.ones(len(rows), dtype=bool)
        draw = np.random.default_rng(self.seed).random(len(rows))
        kinds = np.zeros(len(rows), dtype=int) if roles.classes is None else pd.factorize(rows[roles.classes])[0]
        # The place within its label, as a share of the label, makes every label give the same share of its rows.
        order = np.lexsort((draw, kinds))
        _, starts, counts = np.unique(kinds[order], return_index=True, return_counts=True)
        place = np.empty(len(rows))
        place[order] = (np.arange(len(rows)) - np.repeat(starts, counts) + draw[order]) / np.repeat(counts, counts)
        kept = np.zeros(len(rows), dtype=bool)
        kept[np.argsort(place, kind="stable")[: self.rows]] = True
        return kept
