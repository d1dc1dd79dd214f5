"""Cleaning step: large labels give up training rows, until they are not so much larger than the smallest."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class BalanceLabels(PrepareStep):
    title: ClassVar[str] = "Balance labels"
    summary: ClassVar[str] = (
        "Leaves out training rows of large labels at random, so that small ones are not drowned; test rows stay as "
        "they are, since the scores must tell about real life."
    )
    icon: ClassVar[str] = "balance"
    group: ClassVar[str] = "rows"
    needs: ClassVar[str] = "label"
    drops_rows: ClassVar[bool] = True
    learns: ClassVar[bool] = True

    step: Literal["balance-labels"] = "balance-labels"
    ratio: float = Field(
        default=3.0,
        ge=1,
        le=100,
        title="Largest label, in times the smallest",
        description="1 makes all labels equally large and throws most rows away; 3 is a fair compromise.",
    )
    seed: int = Field(default=7, ge=0, title="Draw", description="Another number leaves out other rows.")

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:
        kept = np.ones(len(rows), dtype=bool)
        if roles.classes is None or not train.any():
            return kept
        labels = rows[roles.classes].to_numpy()
        most = int(np.ceil(self.ratio * pd.Series(labels[train]).value_counts().min()))
        draw = np.random.default_rng(self.seed).random(len(rows))
        for label in np.unique(labels[train]):
            places = np.flatnonzero(train & (labels == label))
            kept[places[np.argsort(draw[places], kind="stable")[most:]]] = False
        return kept
