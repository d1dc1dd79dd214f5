"""Before and after, on one's own rows: what the preparation does to each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from workbench.prepare.prepared import Cleaned, clean_table
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep


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


def changes(table: pd.DataFrame, roles: Roles, steps: Sequence[PrepareStep], limit: int) -> list[Change]:
    """Up to ``limit`` rows under their roles' names: those that change or go first, each kind in file order."""
    cleaned = clean_table(table, roles, steps)
    differs = (cleaned.before.loc[cleaned.rows.index] != cleaned.rows).any(axis="columns")
    altered, same, gone = cleaned.rows.index[differs], cleaned.rows.index[~differs], sorted(cleaned.dropped)
    # Texts that change and rows that go are both worth seeing: neither may crowd out the other.
    share = max(limit - limit // 2, limit - len(gone))
    chosen = [*altered[:share], *gone[: limit - min(share, len(altered))]]
    return [_change(cleaned, int(row)) for row in [*sorted(chosen), *same[: limit - len(chosen)]]]


def _change(cleaned: Cleaned, row: int) -> Change:
    dropped_by = cleaned.dropped.get(row, "")
    before = {str(role): str(cell) for role, cell in cleaned.before.loc[row].items()}
    after = None if dropped_by else {str(role): str(cell) for role, cell in cleaned.rows.loc[row].items()}
    return Change(row, before, after, dropped_by)
