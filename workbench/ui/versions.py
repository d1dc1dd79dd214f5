"""The data sets of a project and their versions: look back, change over, move to the bin and take back."""

import streamlit as st

from workbench.services import datasets, opening
from workbench.store.views import DataVersionView
from workbench.ui import frame, messages
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number, size
from workbench.ui.tables import plain


def show(here: Here) -> None:
    """Every version of every data set, the one in use marked; and the bin."""
    found = datasets.list_datasets(here.store, here.project.id)
    everything = [version for latest in found for version in datasets.versions(here.store, latest.data_set_id)]
    binned = datasets.list_datasets(here.store, here.project.id, binned=True)
    if len(everything) < 2 and not binned:
        return
    with st.expander(_("Data sets and versions"), icon=":material/history:", key="data_versions"):
        for latest in found:
            _data_set(here, latest)
        for gone in binned:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.caption(_("{name}, in the bin").format(name=plain(gone.name)), width="content")
                st.button(
                    _("Restore"),
                    key=f"data_restore_{gone.data_set_id}",
                    icon=":material/undo:",
                    on_click=messages.act,
                    args=(datasets.restore, here.store, gone.data_set_id),
                )


def _data_set(here: Here, latest: DataVersionView) -> None:
    """The versions of one data set; all of them go into the bin together, unless one is in use."""
    versions = datasets.versions(here.store, latest.data_set_id)
    for version in versions:
        _row(here, version)
    if here.draft.data_version_id not in [version.id for version in versions]:
        st.button(
            _("Move {name} to the bin").format(name=plain(latest.name)),
            key=f"data_bin_{latest.data_set_id}",
            icon=":material/delete:",
            on_click=messages.act,
            args=(datasets.move_to_bin, here.store, latest.data_set_id),
        )


def _row(here: Here, version: DataVersionView) -> None:
    used = version.id == here.draft.data_version_id
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            _("{name}, version {number} · {rows} rows · {size} · {day}").format(
                name=plain(version.name),
                number=version.number,
                rows=number(version.rows),
                size=size(version.bytes),
                day=f"{version.created:%d %b %Y %H:%M}",
            ),
            width="content",
        )
        if used:
            st.badge(_("In use"), icon=":material/check:", color="green")
            return
        st.button(_("Use"), key=f"data_version_{version.id}", on_click=_use, args=(here, version))


def _use(here: Here, version: DataVersionView) -> None:
    messages.act(opening.use_data, here.store, here.draft, version)
    frame.forget("data")
