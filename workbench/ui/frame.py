"""What every page of a project begins with: which project and run the address names, the stepper, one sentence."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import NoReturn

import streamlit as st

from workbench.errors import Conflict, NotFound, WorkbenchError
from workbench.recipe import Recipe
from workbench.services import projects, runs
from workbench.services.workbench import Store
from workbench.store.views import DraftView, ProjectView, RunView
from workbench.ui import messages, navigation, stepper
from workbench.ui.i18n import _
from workbench.ui.opened import store
from workbench.ui.tables import plain


@dataclass(frozen=True, slots=True)
class Here:
    """Where one is. ``draft`` bears the version that this page first showed, so that a second tab is noticed."""

    store: Store
    page: str
    project: ProjectView
    draft: DraftView
    run: RunView | None

    @property
    def recipe(self) -> Recipe:
        return self.draft.recipe

    def save(self, recipe: Recipe | None = None, data_version_id: str | None = None, *, done: bool = True) -> DraftView:
        """Write the draft; ``done`` marks this page as reviewed. Raises Conflict when another tab wrote before."""
        saved = projects.save_draft(
            self.store,
            self.draft,
            recipe=recipe,
            data_version_id=data_version_id,
            reviewed=self.page if done else None,
        )
        st.session_state["workbench_seen"] = (self.page, self.project.id, saved.version)
        return saved

    def go(self, page: str, run_id: str | None = None) -> None:
        """Leave for another page of this project."""
        navigation.go(page, self.project.id, run_id or (self.run.id if self.run else None))

    def link(self, page: str, label: str, icon: str = "") -> None:
        navigation.link(page, label, self.project.id, self.run.id if self.run else None, icon=icon)


def open_page(page: str, sentence: str) -> Here:
    """Title, sentence and stepper of a project's page. Ends the page with a way out where there is no project."""
    project = _project()
    if project is None:
        heading(page, sentence)
        with messages.empty("folder_open", _("No project is open"), _("A project holds your data, settings and runs.")):
            navigation.link("home", _("Choose a project"))
        st.stop()
    here = Here(store(), page, project, _draft(page, project.id), _run(project.id))
    _remember(here)
    run_id = here.run.id if here.run else None
    with st.container(gap="small"):
        st.caption(f":material/folder: {plain(project.name)}")
        stepper.show(stepper.states(here.draft, here.run), page, project.id, run_id)
    heading(page, sentence)
    return here


def heading(page: str, sentence: str) -> None:
    """A page's title and its one plain sentence; then what the page before it left to say."""
    with st.container(gap="xsmall"):
        st.title(navigation.titles()[page], anchor=False)
        st.markdown(sentence)
    messages.say_now()


def require_data(here: Here) -> str:
    """The project's data version; without data the page ends here, with the way to them."""
    if here.draft.data_version_id is None:
        with messages.empty(
            "table_rows", _("Nothing to work with yet"), _("This page needs data. Import a table first.")
        ):
            here.link("data", _("Go to 1 Data"))
        st.stop()
    return here.draft.data_version_id


def require_run(here: Here) -> RunView:
    """The run that is looked at; without one the page ends here, with the way to the training page."""
    if here.run is None:
        with messages.empty("model_training", _("No training run yet"), _("This page opens when a run has finished.")):
            here.link("train", _("Go to 5 Train"))
        st.stop()
    return here.run


@contextmanager
def saving(here: Here) -> Iterator[None]:
    """A block that writes the draft. When another tab wrote before, the difference is shown with a way to see it."""
    try:
        yield
    except Conflict as conflict:
        messages.problem(conflict)
        st.button(
            _("Show the newer version"),
            key=f"{here.page}_newer",
            icon=":material/sync:",
            on_click=forget,
            args=(here.page,),
        )
    except WorkbenchError as error:
        messages.problem(error)


def forget(page: str) -> None:
    """Begin a page anew: without the version it had seen, and without what its widgets hold."""
    st.session_state.pop("workbench_seen", None)
    for key in [key for key in st.session_state if str(key).startswith(f"{page}_")]:
        del st.session_state[key]


def begin_anew(page: str) -> NoReturn:
    """Show the page again from the store, after something was written that its widgets do not know."""
    forget(page)
    st.rerun()


def primary(
    label: str,
    key: str,
    *,
    icon: str = "arrow_forward",
    disabled: bool = False,
    help: str = "",
    beside: Callable[[], None] | None = None,
) -> bool:
    """The one primary button of a page, always in the same place: the bar at the bottom of the window. ``beside``
    draws something quieter before it."""
    with st.bottom, st.container(horizontal=True, horizontal_alignment="right", key="action_bar"):
        if beside is not None:
            beside()
        return st.button(
            label, key=key, type="primary", icon=f":material/{icon}:", disabled=disabled, help=help or None, wrap=False
        )


def primary_link(label: str, address: str, *, icon: str) -> None:
    """A primary action that the browser does by itself: a download."""
    with st.bottom, st.container(horizontal=True, horizontal_alignment="right", key="action_bar"):
        st.link_button(label, address, type="primary", icon=f":material/{icon}:")


def _project() -> ProjectView | None:
    """The project that the address names, or the one that this session had open."""
    wanted = st.query_params.get("project") or st.session_state.get("workbench_project")
    if not wanted:
        return None
    try:
        project = projects.get(store(), wanted)
    except NotFound:
        project = None
    if project is None or project.binned:
        st.session_state.pop("workbench_project", None)
        st.query_params.clear()
        with messages.empty(
            "delete", _("Project deleted"), _("It is not in the workbench any more, or in the bin on Home.")
        ):
            navigation.link("home", _("Go to Home"))
        st.stop()
    return project


def _run(project_id: str) -> RunView | None:
    """The run that the address names, else the project's latest."""
    wanted = st.query_params.get("run")
    if wanted:
        try:
            run = runs.get(store(), wanted)
        except NotFound:
            run = None
        if run is not None and run.project_id == project_id and run.binned is None:
            return run
        st.info(_("The run in the address does not exist any more; this is the latest one."))
    return runs.latest(store(), project_id)


def _draft(page: str, project_id: str) -> DraftView:
    """The project's draft, with the version that this visit of the page showed first."""
    draft = projects.draft(store(), project_id)
    seen = st.session_state.get("workbench_seen")
    if seen is None or seen[:2] != (page, project_id):
        st.session_state["workbench_seen"] = (page, project_id, draft.version)
        return draft
    return replace(draft, version=seen[2])


def _remember(here: Here) -> None:
    """Keep project and run in the address, so that the page can be sent to somebody and survives a reload."""
    st.session_state["workbench_project"] = here.project.id
    wanted = navigation.address(here.project.id, here.run.id if here.run else None)
    if {key: st.query_params.get(key) for key in wanted} != wanted:
        st.query_params.from_dict(wanted)
