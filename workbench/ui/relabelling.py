"""Correcting labels: rows whose label is doubted, in a table in which another one can be chosen."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

import pandas as pd
import streamlit as st

from workbench.services import datasets, findings, opening, relabel
from workbench.services.findings import Suspects
from workbench.store.views import DataVersionView
from workbench.ui import frame, gallery, messages
from workbench.ui.frame import Here
from workbench.ui.i18n import _, duration, n_, number, percent
from workbench.ui.tables import plain, shorten

_SHOWN = 200
_MOST_LABELS = 500


def doubts(here: Here, version: DataVersionView) -> None:
    """The search for wrong labels, and the rows that it found."""
    column = findings.label_column(here.store, version.id, here.recipe)
    if column is None:
        return
    with st.container(border=True, gap="xsmall", key="data_doubts"):
        st.markdown(
            f":material/rule: {_('A quick model that has not seen a row can tell whether its label looks wrong.')}"
        )
        found = findings.known_suspects(here.store, version.id, here.recipe)
        if found is not None:
            _found(here, version, column, found)
        else:
            st.fragment(_search)(here, version)


def editor(
    here: Here,
    version: DataVersionView,
    column: str,
    rows: Sequence[tuple[int, str | None]],
    key: str,
    *,
    groups: Mapping[int, int] | None = None,
) -> None:
    """Rows with their labels, of which others can be chosen; what was changed is saved as a new version.

    ``rows`` are source rows, each with the label that is suggested for it if there is one; ``groups`` says which of
    them belong together.
    """
    table = datasets.table(here.store, version.id)
    labels = sorted({label for label in table[column].unique().tolist() if label.strip()})[:_MOST_LABELS]
    suggested = dict(rows)
    taken = any(suggested.values()) and st.toggle(
        _("Take the suggestions"),
        key=f"{key}_take",
        help=_("Fills in the suggested label everywhere; change back what you know better."),
    )
    shown = table.loc[[row for row, _suggestion in rows]]
    given = dict(zip(shown.index.tolist(), shown[column].tolist(), strict=True))
    chosen = {row: (suggested[row] or given[row]) if taken else given[row] for row in given}
    content: dict[str, list[object]] = {"row": [row + 1 for row in given]}
    if groups:
        content["group"] = [groups[row] for row in given]
    if pictured(here, version):
        content["image"] = [gallery.address(version.id, cell) for cell in shown["image"].tolist()]
    else:
        content["content"] = list(_contents(shown, column))
    content["given"] = list(given.values())
    if any(suggested.values()):
        content["suggested"] = [suggested[row] for row in given]
    content["label"] = list(chosen.values())
    edited = st.data_editor(
        pd.DataFrame(content, index=pd.Index(list(given))),
        key=f"{key}_editor_{taken}",
        hide_index=True,
        row_height=56 if "image" in content else None,
        disabled=[name for name in content if name != "label"],
        column_config={
            "row": st.column_config.NumberColumn(_("Row"), width="small"),
            "group": st.column_config.NumberColumn(_("Group"), width="small"),
            "image": st.column_config.ImageColumn(_("Image")),
            "content": st.column_config.TextColumn(_("Content"), width="large"),
            "given": st.column_config.TextColumn(_("Label now")),
            "suggested": st.column_config.TextColumn(_("Suggested")),
            "label": st.column_config.SelectboxColumn(_("New label"), options=labels, required=True),
        },
        alt=_("Rows whose labels can be corrected"),
    )
    changed = {
        row: label
        for row, label in zip(given, edited["label"].tolist(), strict=True)
        if label is not None and label != given[row]
    }
    pressed = st.button(
        n_("Save {count} correction as a new version", "Save {count} corrections as a new version", len(changed)),
        key=f"{key}_save",
        icon=":material/save:",
        disabled=not changed,
    )
    if pressed:
        _save(here, version, column, changed)


def _save(here: Here, version: DataVersionView, column: str, changed: Mapping[int, str]) -> None:
    with frame.saving(here):
        with st.spinner(_("Saving …")):
            made = relabel.relabel(here.store, version.id, column, changed)
        use(here, made)


def use(here: Here, made: DataVersionView) -> NoReturn:
    """Let the project use a corrected version. Raises Conflict when another tab changed the draft."""
    opening.use_data(here.store, here.draft, made)
    said = _("Version {number}, with your corrections, is in use now. The one before is kept.")
    messages.later(said.format(number=made.number))
    frame.begin_anew("data")


def pictured(here: Here, version: DataVersionView) -> bool:
    """Do the rows of this version show images?"""
    return "image" in version.columns and datasets.images(here.store, version.id) is not None


def _contents(rows: pd.DataFrame, column: str) -> Iterator[str]:
    """Everything that a row holds but its label."""
    others = [rows[name].tolist() for name in rows.columns if name != column]
    for cells in zip(*others, strict=True):
        yield shorten(" · ".join(filter(None, cells)), 300)


def _search(here: Here, version: DataVersionView) -> None:
    """The button, and the search with its progress; pressing Stop ends it, since a rerun stops the work."""
    with st.container(horizontal=True):
        if not st.button(_("Look for wrong labels"), key="data_doubts_look", icon=":material/search:"):
            return
        st.button(_("Stop"), key="data_doubts_stop", icon=":material/stop:")
    bar = st.progress(0.0, text=_("Reading the rows …"))
    started = time.monotonic()

    def tell(share: float) -> None:
        spent = time.monotonic() - started
        left = duration(spent * (1 - share) / share) if share > 0.1 else "…"
        bar.progress(share, text=_("{share} done, about {left} left").format(share=percent(share, 0), left=left))

    with messages.shown():
        findings.suspect_labels(here.store, version.id, here.recipe, tell)
        st.rerun()


def _found(here: Here, version: DataVersionView, column: str, found: Suspects) -> None:
    if not found.rows:
        st.success(
            _("None of {rows} labels looks wrong. On {share} of the rows the model agrees with the label.").format(
                rows=number(found.judged), share=percent(found.agreement)
            )
        )
        return
    st.caption(
        plain(
            _(
                "{count} of {rows} labels may be wrong, the most suspicious first. The model agrees with the label on "
                "{share} of all rows: the lower that is, the less its doubts mean."
            ).format(count=number(len(found.rows)), rows=number(found.judged), share=percent(found.agreement))
        )
    )
    suspects = [(suspect.row, suspect.suggested) for suspect in found.rows[:_SHOWN]]
    editor(here, version, column, suspects, "data_doubts")
