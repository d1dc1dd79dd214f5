"""Which column of a table plays which role."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from workbench.errors import DataError


@dataclass(frozen=True, slots=True)
class Roles:
    """``columns`` maps role to column, in the order of the roles. ``inputs`` are the roles that hold texts, ``images``
    those that hold images, and ``target`` is the role of the label, None when there is none; ``amounts`` says that
    labels are no classes by which rows could be divided evenly, but numbers or tags of words. ``features`` are columns
    that are read under their own names: None when the task reads none, () for every column without another role.
    ``truth`` are roles that belong to the answer beside the target; ``blank`` says that an empty target is one."""

    columns: Mapping[str, str]
    inputs: tuple[str, ...]
    target: str | None
    images: tuple[str, ...] = ()
    features: tuple[str, ...] | None = None
    amounts: bool = False
    truth: tuple[str, ...] = ()
    blank: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns that hold texts."""
        return tuple(self.columns[role] for role in self.inputs)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The columns that hold images."""
        return tuple(self.columns[role] for role in self.images)

    @property
    def label(self) -> str | None:
        """The column that holds the labels."""
        return None if self.target is None else self.columns[self.target]

    @property
    def classes(self) -> str | None:
        """The column that holds the labels, when these are classes: by it rows are divided evenly."""
        return None if self.amounts else self.label

    @property
    def read(self) -> tuple[str, ...]:
        """The columns that a model reads: everything but the label and what belongs to it."""
        answers = (self.target, *self.truth)
        given = tuple(column for role, column in self.columns.items() if role not in answers)
        return (*given, *(self.features or ()))

    def settled(self, table: pd.DataFrame, apart: Sequence[str] = ()) -> "Roles":
        """The same with every feature named; ``apart`` are columns that are none. Raises DataError for a column not
        in the table, and for a feature that has the name of a role."""
        known = [str(name) for name in table.columns]
        for role, column in self.columns.items():
            check_column(column, known, f" for the role '{role}'")
        if self.features is None:
            return self
        taken = {*self.columns.values(), *apart}
        features = self.features or tuple(name for name in known if name not in taken)
        for column in features:
            check_column(column, known, " among the features")
            if column in self.columns and column not in self.columns.values():
                raise DataError(
                    f"the column '{column}' has the name of a role that another column plays",
                    remedy=f"Give the role '{column}' to it, leave it out of the features, or rename it in the file.",
                    code="DATA-01",
                )
        return replace(self, features=features)


def check_column(column: str, known: Sequence[str], use: str = "") -> None:
    """Raises DataError when ``column`` is not among the ``known`` ones, naming the nearest that is."""
    if column in known:
        return
    near = difflib.get_close_matches(column, known, 1, cutoff=0.5)
    hint = f"Did you mean '{near[0]}'?" if near else "Choose one of these columns."
    raise DataError(
        f"there is no column '{column}'{use}; the table has {', '.join(known[:20])}{', …' if len(known) > 20 else ''}",
        remedy=hint,
        code="DATA-01",
    )


def under_roles(table: pd.DataFrame, roles: Roles) -> pd.DataFrame:
    """The columns that play a role under the names of their roles, then the features under their own."""
    columns = [*roles.columns.values(), *(roles.features or ())]
    return table[columns].set_axis([*roles.columns, *(roles.features or ())], axis="columns")
