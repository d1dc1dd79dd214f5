"""Projects as cards: what they hold, how good their best model is, and what can be done with them."""

from collections.abc import Sequence

import streamlit as st

from workbench.services import projects, runs
from workbench.store.views import ProjectView, State
from workbench.ui import messages, navigation, run_words
from workbench.ui.i18n import _
from workbench.ui.opened import store
from workbench.ui.tables import plain


def show(found: Sequence[ProjectView]) -> None:
    """One card a project."""
    with st.grid(3, min_column_width=280, gap="medium"):
        for project in found:
            with st.container(border=True, height="stretch", key=f"home_card_{project.id}"):
                _card(project)


def bin_of(binned: Sequence[ProjectView]) -> None:
    """What lies in the bin, each with the way back; what has just gone there with an Undo."""
    if not binned:
        return
    for project in binned:
        if project.id == st.session_state.get("home_undo"):
            with st.container(border=True, horizontal=True, vertical_alignment="center"):
                st.markdown(_("“{name}” is in the bin.").format(name=plain(project.name)), width="content")
                st.button(
                    _("Undo"), key="home_undo_button", icon=":material/undo:", on_click=_restore, args=(project.id,)
                )
    with st.expander(_("Bin ({count})").format(count=len(binned)), icon=":material/delete:", key="home_bin"):
        st.caption(_("Projects stay here for a week and can be taken back."))
        for project in binned:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(plain(project.name))
                st.button(
                    _("Restore"),
                    key=f"home_restore_{project.id}",
                    icon=":material/undo:",
                    on_click=_restore,
                    args=(project.id,),
                )


def _card(project: ProjectView) -> None:
    draft, run = projects.draft(store(), project.id), runs.latest(store(), project.id)
    st.header(plain(project.name), anchor=False)
    st.caption(_("Made on {day}").format(day=f"{project.created:%d %b %Y}"))
    if run is not None:
        run_words.badges(run)
    else:
        st.badge(_("Ready to train") if draft.data_version_id else _("No data yet"), color="gray")
    st.space("stretch")
    page = "data" if draft.data_version_id is None else "train" if run is None else _next_page(run.state)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        navigation.link(page, _("Open"), project.id, run.id if run else None, icon="arrow_forward")
        _menu(project)


def _next_page(state: State) -> str:
    return "evaluate" if state is State.SUCCEEDED else "train"


def _menu(project: ProjectView) -> None:
    with st.popover(_("More"), icon=":material/more_horiz:", type="tertiary", key=f"home_menu_{project.id}"):
        key = f"home_rename_{project.id}"
        st.text_input(_("Name"), project.name, max_chars=200, key=key, on_change=_rename, args=(project, key))
        st.link_button(_("Export"), f"/download/project/{project.id}", icon=":material/archive:")
        st.button(
            _("Move to the bin"),
            key=f"home_delete_{project.id}",
            icon=":material/delete:",
            on_click=_move_to_bin,
            args=(project,),
        )


def _rename(project: ProjectView, key: str) -> None:
    messages.act(projects.rename, store(), project.id, st.session_state[key])


def _move_to_bin(project: ProjectView) -> None:
    messages.act(projects.move_to_bin, store(), project.id)
    st.session_state["home_undo"] = project.id


def _restore(project_id: str) -> None:
    messages.act(projects.restore, store(), project_id)
    st.session_state.pop("home_undo", None)
