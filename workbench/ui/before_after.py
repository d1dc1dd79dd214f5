"""Before and after on one's own rows: what a preparation drops and changes, with the changes visible."""

import difflib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from workbench.prepare.changes import Change
from workbench.prepare.prepared import Prepared
from workbench.prepare.roles import Roles
from workbench.recipe import Recipe
from workbench.services import datasets, recipes
from workbench.services.workbench import Store
from workbench.ui import prepare_images, prepare_tables, tables
from workbench.ui.i18n import _, n_, number
from workbench.ui.tables import plain

_SHOWN = 6


def show(store: Store, recipe: Recipe, version_id: str, prepared: Prepared) -> None:
    """What the preparation makes of the rows, in the way that suits what the task reads."""
    roles = recipes.resolve(recipe).roles
    changes = datasets.preview_steps(store, recipe, version_id)
    _summary(prepared)
    if roles.inputs:
        _texts(changes, roles.inputs)
    if roles.images:
        prepare_images.show(store, recipe, version_id)
    if roles.features is not None:
        prepare_tables.show(changes, datasets.table(store, version_id), prepared)
    dropped = [change for change in changes if change.after is None][:_SHOWN]
    if dropped and roles.images:
        prepare_images.dropped(store, version_id, roles.images[0], dropped)
    elif dropped:
        _dropped(dropped, roles)


def _summary(prepared: Prepared) -> None:
    """How many rows are left of how many; what goes without being asked for is named."""
    split = prepared.split
    left = sum(len(part) for part in (split.train, split.validation, split.test))
    gone = sum(map(len, prepared.dropped.values()))
    st.markdown(
        n_("**{count} row** is prepared.", "**{count} rows** are prepared.", left)
        + (" " + n_("{count} goes.", "{count} go.", gone) if gone else "")
    )
    for line in prepared.report:
        if not line.step:
            st.caption(f"{_(line.title)}: {number(line.rows_before - line.rows_after)}")


def _texts(changes: Sequence[Change], roles: Sequence[str]) -> None:
    """Some texts that change, old words struck through and new ones marked."""
    pairs = [
        (change.row, change.before[role], change.after[role])
        for change in changes
        if change.after is not None
        for role in roles
        if change.before[role] != change.after[role]
    ][:_SHOWN]
    if not pairs:
        st.caption(_("These steps change none of your texts."))
        return
    st.markdown(f"**{_('Rows that change')}**")
    for row, before, after in pairs:
        with st.container(border=True, gap="xsmall"):
            st.caption(_("Row {number}").format(number=number(row + 1)))
            st.markdown(_marked(before, after))


def _dropped(changes: Sequence[Change], roles: Roles) -> None:
    st.markdown(f"**{_('Rows that go')}**")
    table = pd.DataFrame(
        [(change.row + 1, _(change.dropped_by), _content(change.before, roles)) for change in changes],
        columns=[_("Row"), _("Step"), _("Content")],
    )
    tables.show(table, _("Rows that the preparation drops"))


def _content(cells: dict[str, str], roles: Roles) -> str:
    """What the row has to read."""
    read = [cell for name, cell in cells.items() if name != roles.target and cell.strip()]
    return tables.shorten(" · ".join(read)) or _("(empty)")


def _marked(before: str, after: str, around: int = 40) -> str:
    """The text with what goes struck through in red and what comes in green; far from changes it is left out."""
    pieces = []
    matcher = difflib.SequenceMatcher(None, before[:2000], after[:2000], autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        old, new = before[old_start:old_end], after[new_start:new_end]
        if kind == "equal":
            pieces.append(plain(old) if len(old) <= 2 * around else f"{plain(old[:around])} … {plain(old[-around:])}")
            continue
        if old:
            pieces.append(f":red-background[~~{_visible(old)}~~]")
        if new:
            pieces.append(f":green-background[{_visible(new)}]")
    return " ".join(piece for piece in pieces if piece)


def _visible(text: str) -> str:
    """White space as signs, so that one sees what was removed."""
    signs = {" ": "·", "\t": "→", "\n": "↵", "\r": "␍", "\u00a0": "⍽"}
    shown = "".join(signs.get(sign, sign) for sign in text) if not text.strip() else text
    return plain(shown[:80] + ("…" if len(shown) > 80 else ""))
