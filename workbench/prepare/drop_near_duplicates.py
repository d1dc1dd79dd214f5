"""Cleaning step: of texts that are almost equal only the first stays."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropNearDuplicates(PrepareStep):
    title: ClassVar[str] = "Drop near duplicates"
    summary: ClassVar[str] = (
        "Keeps the first of texts that differ in a few words only; copies with small changes make scores look too good."
    )
    icon: ClassVar[str] = "file_copy"
    group: ClassVar[str] = "rows"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-near-duplicates"] = "drop-near-duplicates"
    similarity: float = Field(
        default=0.8,
        ge=0.5,
        le=1,
        title="Similarity from which on two texts are the same",
        description=(
            "The share of short pieces that two texts have in common (Jaccard). 0.8 finds texts with a few changed "
            "words; lower values also take texts that only share a template."
        ),
    )

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        from workbench.data.likeness import near_duplicates

        texts = rows[list(roles.texts)].agg("\n".join, axis="columns").tolist()
        kept = np.ones(len(rows), dtype=bool)
        for group in near_duplicates.groups(texts, self.similarity):
            kept[sorted(group)[1:]] = False
        return kept
