"""Before and after on one's own rows: what a preparation drops and changes, with the changes visible."""

import difflib
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from workbench.prepare.changes import Change
from workbench.prepare.prepared import Prepared
from workbench.ui import tables
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain


def report(prepared: Prepared, target: str | None) -> None:
    """How many rows each part has, what every step did, and the labels of every part."""
    parts = {
        _("Training"): prepared.split.train,
        _("Validation"): prepared.split.validation,
        _("Test"): prepared.split.test,
    }
    with st.grid(3, min_column_width=110, gap="small"):
        for title, rows in parts.items():
            st.metric(title, number(len(rows)), border=True, help=_("Rows in this part"))
    lines = [
        (
            _(line.title),
            number(line.rows_before - line.rows_after),
            number(line.cells_changed),
            number(line.rows_after),
        )
        for line in prepared.report
    ]
    if lines:
        columns = [_("Step"), _("Rows dropped"), _("Cells changed"), _("Rows left")]
        tables.show(pd.DataFrame(lines, columns=columns), _("What each step did"))
    if prepared.class_counts and target:
        counts = {title: rows[target].value_counts() for title, rows in parts.items()}
        by_label = pd.DataFrame(counts).fillna(0).astype(int).reindex(list(prepared.class_counts))
        with st.expander(_("Labels in every part"), icon=":material/donut_small:"):
            tables.show(by_label.reset_index(names=_("Label")), _("Rows of each label in every part"))


def rows(changes: Sequence[Change], limit: int = 6) -> None:
    """Some rows that change, old words struck through and new ones marked; then some that go."""
    altered = [change for change in changes if change.after is not None and change.changed][:limit]
    dropped = [change for change in changes if change.after is None][:limit]
    if not altered and not dropped:
        st.caption(_("These steps change none of your rows."))
        return
    if altered:
        st.markdown(f"**{_('Rows that change')}**")
    for change in altered:
        with st.container(border=True, gap="xsmall"):
            st.caption(_("Row {number}").format(number=number(change.row + 1)))
            for role, before in change.before.items():
                after = (change.after or {})[role]
                if before != after:
                    st.markdown(_marked(before, after))
    if dropped:
        st.markdown(f"**{_('Rows that go')}**")
        table = pd.DataFrame(
            [(change.row + 1, _(change.dropped_by), _first(change.before)) for change in dropped],
            columns=[_("Row"), _("Step"), _("Content")],
        )
        tables.show(table, _("Rows that the preparation drops"))


def _first(cells: dict[str, str]) -> str:
    return tables.shorten(next(iter(cells.values()), ""))


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
