"""Cleaning step: of equal rows only the first stays."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


class DropDuplicates(PrepareStep):
    title: ClassVar[str] = "Drop duplicates"
    summary: ClassVar[str] = "Keeps the first of equal rows, so that no test row was already seen in training."
    icon: ClassVar[str] = "content_copy"
    group: ClassVar[str] = "rows"
    needs: ClassVar[str] = "rows"
    drops_rows: ClassVar[bool] = True

    step: Literal["drop-duplicates"] = "drop-duplicates"
    by: Literal["text", "text and label"] = Field(
        default="text",
        title="Rows are equal when",
        description=(
            "Without the label, the first one counts. With it, rows that say the same under two labels both stay, and "
            "may then be in training and in test."
        ),
        json_schema_extra={
            "words": {"text": "what the model reads is the same", "text and label": "the label is the same too"}
        },
    )

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        columns = [*roles.read, roles.label] if roles.label and self.by == "text and label" else list(roles.read)
        kept: NDArray[np.bool_] = ~rows.duplicated(subset=columns, keep="first").to_numpy(dtype=bool)
        return kept
