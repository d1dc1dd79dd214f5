"""Augmentation: rows that might have been, for labels that have few."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from workbench.augment.draws import Floats
from workbench.augment.step import AugmentStep, Kind, Strength
from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class Smote(AugmentStep):
    """SMOTE and SMOTE-NC (Chawla and others, 2002, https://doi.org/10.1613/jair.953), computed by imbalanced-learn.

    A new row lies between a row and one of its nearest neighbours of the same label; each of its categories is the one
    that most of the neighbours have. With categories alone it is SMOTE-N.
    """

    title: ClassVar[str] = "More rows of rare labels (SMOTE)"
    summary: ClassVar[str] = "Adds rows between neighbouring rows of the rare labels, once, before training begins."
    icon: ClassVar[str] = "group_add"
    kind: ClassVar[Kind] = "table"
    group: ClassVar[str] = "Rows"
    hurts: ClassVar[str] = (
        "Not when probabilities must be right, since rare labels then seem frequent; nor with a few rows full of "
        "mistakes, which are multiplied."
    )
    needs_labels: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"ratio": 0.25}, "strong": {"ratio": 1.0}}

    step: Literal["smote"] = "smote"
    ratio: float = Field(
        default=0.5,
        ge=0,
        le=1,
        title="Least share",
        description="Every label gets rows until it has this share of what the most frequent one has. 1: all the same.",
    )
    neighbours: int = Field(
        default=5,
        ge=1,
        le=50,
        title="Neighbours",
        description="Among how many nearest rows of the same label the other end is drawn. A label needs one row more.",
    )

    def adds(self, counts: Mapping[str, int]) -> dict[str, int]:
        """How many rows each label gets, from the number of training rows that it has; labels that get none are left
        out."""
        wanted = round(self.ratio * max(counts.values(), default=0))
        return {label: wanted - count for label, count in counts.items() if count < wanted}

    def resample(
        self,
        rows: "pd.DataFrame",
        target: str,
        numbers: Sequence[str],
        categories: Sequence[str],
        seed: int,
        first: int,
    ) -> "pd.DataFrame":
        """``rows`` and the new ones below them, strings as everywhere; the new ones' index counts from ``first``.

        Columns that are neither numbers nor categories nor the target are empty in new rows, and what are whole numbers
        everywhere stay so. Raises DataError naming the label that has too few rows, or the cell that is no number.
        """
        import pandas as pd

        counts = Counter(rows[target].tolist())
        adds = self.adds(counts)
        if not adds:
            return rows
        for label in adds:
            if counts[label] <= self.neighbours:
                raise DataError(
                    f"the label '{label}' has {counts[label]} training {'row' if counts[label] == 1 else 'rows'}; "
                    f"SMOTE with {self.neighbours} neighbours needs at least {self.neighbours + 1}",
                    where=f"column '{target}'",
                    remedy="Ask for fewer neighbours, merge the label with another one, or add rows of it.",
                    code="AUGMENT-01",
                )
        if not (numbers or categories):
            raise DataError(
                "there are no columns of numbers or categories between which new rows could lie",
                remedy="Take SMOTE out, or choose columns that the model reads.",
                code="AUGMENT-02",
            )
        values = {name: _numbers(rows, name) for name in numbers}
        known = {name: sorted(set(rows[name].tolist())) for name in categories}
        codes = {name: np.array([known[name].index(cell) for cell in rows[name].tolist()]) for name in categories}
        table = np.column_stack([*values.values(), *codes.values()])
        wanted = {label: counts[label] + more for label, more in adds.items()}
        sampler = _sampler(len(numbers), len(categories), wanted, self.neighbours, seed)
        found, labels = sampler.fit_resample(table, np.asarray(rows[target].tolist(), dtype=object))
        new = found[len(rows) :]
        columns = {name: [""] * len(new) for name in rows.columns}
        for place, name in enumerate(numbers):
            columns[name] = _written(new[:, place], values[name])
        for place, name in enumerate(categories, len(numbers)):
            columns[name] = [known[name][int(code)] for code in new[:, place]]
        columns[target] = [str(label) for label in labels[len(rows) :]]
        index = range(first, first + len(new))
        return pd.concat([rows, pd.DataFrame(columns, index=index, columns=rows.columns, dtype="str")])


def _sampler(numbers: int, categories: int, wanted: Mapping[str, int], neighbours: int, seed: int) -> Any:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    settings: dict[str, Any] = {"sampling_strategy": wanted, "k_neighbors": neighbours, "random_state": seed}
    if not categories:
        return SMOTE(**settings)
    if not numbers:
        return SMOTEN(**settings)
    return SMOTENC(categorical_features=list(range(numbers, numbers + categories)), **settings)


def _numbers(rows: "pd.DataFrame", name: str) -> Floats:
    """A column's cells as numbers. Raises DataError with the first that is none."""
    found = np.empty(len(rows))
    for place, cell in enumerate(rows[name].tolist()):
        try:
            found[place] = float(cell)
        except ValueError:
            found[place] = np.nan
        if not np.isfinite(found[place]):
            raise DataError(
                f"the cell holds '{cell}', which is no number" if cell else "the cell is empty",
                where=f"row {int(rows.index[place]) + 1}, column '{name}'",
                remedy="SMOTE needs a number in every row: fill or drop missing values on the Prepare page.",
                code="AUGMENT-03",
            )
    return found


def _written(new: Floats, old: Floats) -> list[str]:
    """Numbers as cells, to ten digits; whole where all the ``old`` are."""
    if (old == np.rint(old)).all():
        return [f"{value:.0f}" for value in np.rint(new)]
    return [f"{value:.10g}" for value in new]
