"""Before and after, on one's own rows: what the preparation does to each of them."""

from dataclasses import dataclass

import pandas as pd

from workbench.prepare.prepared import Prepared
from workbench.prepare.roles import Roles, under_roles


@dataclass(frozen=True, slots=True)
class Change:
    """One row (its number in the file, first 0) before and after; ``after`` is None when ``dropped_by`` a step."""

    row: int
    before: dict[str, str]
    after: dict[str, str] | None
    dropped_by: str = ""

    @property
    def changed(self) -> bool:
        return self.before != self.after


def changes(table: pd.DataFrame, roles: Roles, prepared: Prepared, limit: int) -> list[Change]:
    """Up to ``limit`` rows of ``table`` under their roles' names: those that change or go first, in file order."""
    split = prepared.split
    rows = pd.concat([split.train, split.validation, split.test]).sort_index()
    before = under_roles(table, roles.settled(table))
    both = [name for name in before.columns if name in rows.columns]
    differs = (before.loc[rows.index, both] != rows[both]).any(axis="columns")
    dropped_by = {row: title for title, gone in prepared.dropped.items() for row in gone}
    altered, same, gone = rows.index[differs], rows.index[~differs], sorted(dropped_by)
    # Texts that change and rows that go are both worth seeing: neither may crowd out the other.
    share = max(limit - limit // 2, limit - len(gone))
    chosen = [*altered[:share], *gone[: limit - min(share, len(altered))]]
    return [
        Change(
            row=int(row),
            before=_cells(before.loc[row]),
            after=None if row in dropped_by else _cells(rows.loc[row]),
            dropped_by=dropped_by.get(row, ""),
        )
        for row in [*sorted(chosen), *same[: limit - len(chosen)]]
    ]


def _cells(row: pd.Series) -> dict[str, str]:
    return {str(role): str(cell) for role, cell in row.items()}
