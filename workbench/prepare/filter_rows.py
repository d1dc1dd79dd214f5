"""Cleaning step: only rows that meet conditions stay."""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import DataError
from workbench.prepare.roles import Roles, check_column
from workbench.prepare.step import PrepareStep
from workbench.prepare.table_functions import number

TESTS = Literal[
    "is", "is not", "contains", "does not contain", "begins with", "is empty", "is not empty", "is at least",
    "is at most", "has at least so many characters", "has at most so many characters",
]  # fmt: skip


class Condition(BaseModel):
    """One test of the cells of a column. Case does not count; a cell that is no number is not at least anything."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    test: TESTS = "is"
    value: str = ""

    def holds(self, cells: pd.Series) -> NDArray[np.bool_]:
        """Which of ``cells`` pass. Raises DataError when the value has to be a number and is none."""
        lower, wanted = cells.str.casefold(), self.value.casefold()
        match self.test:
            case "is":
                found = lower == wanted
            case "is not":
                found = lower != wanted
            case "contains":
                found = lower.str.contains(wanted, regex=False)
            case "does not contain":
                found = ~lower.str.contains(wanted, regex=False)
            case "begins with":
                found = lower.str.startswith(wanted)
            case "is empty":
                found = cells.str.strip() == ""
            case "is not empty":
                found = cells.str.strip() != ""
            case "has at least so many characters":
                found = cells.str.len() >= self._limit()
            case "has at most so many characters":
                found = cells.str.len() <= self._limit()
            case _:
                numbers = pd.Series([number(cell) for cell in cells], cells.index, dtype=float)
                found = numbers >= self._limit() if self.test == "is at least" else numbers <= self._limit()
        return found.to_numpy(dtype=bool)

    def _limit(self) -> float:
        limit = number(self.value)
        if limit is None:
            raise DataError(
                f"'{self.value}' is no number, and '{self.test}' needs one",
                where=f"condition on the column '{self.column}'",
                remedy="Give a number, such as 10.",
                code="PREP-02",
            )
        return limit


class FilterRows(PrepareStep):
    title: ClassVar[str] = "Keep only some rows"
    summary: ClassVar[str] = "Keeps the rows that meet your conditions, such as one language, or ratings from 3 on."
    icon: ClassVar[str] = "filter_list"
    group: ClassVar[str] = "rows"
    needs: ClassVar[str] = "rows"
    drops_rows: ClassVar[bool] = True

    step: Literal["filter-rows"] = "filter-rows"
    conditions: tuple[Condition, ...] = Field(
        default=(),
        title="Conditions",
        description="A row stays when its cells pass; any column of the table can be asked, also one no model reads.",
    )
    combine: Literal["all", "any"] = Field(
        default="all",
        title="A row must meet",
        description="all: every condition holds. any: one of them is enough.",
    )

    def keeps(self, rows: pd.DataFrame, roles: Roles, train: NDArray[np.bool_]) -> NDArray[np.bool_]:  # noqa: ARG002
        marks = []
        for condition in self.conditions:
            check_column(condition.column, [str(name) for name in rows.columns], " in a condition")
            marks.append(condition.holds(rows[condition.column]))
        if not marks:
            return np.ones(len(rows), dtype=bool)
        kept: NDArray[np.bool_] = np.all(marks, axis=0) if self.combine == "all" else np.any(marks, axis=0)
        return kept
