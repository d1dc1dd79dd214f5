"""The seven steps on top of a project's pages: done, here, needs attention, or locked and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from workbench.store.views import DraftView, RunView, State
from workbench.ui import navigation
from workbench.ui.i18n import _

Status = Literal["done", "open", "attention", "locked"]


@dataclass(frozen=True, slots=True)
class StepState:
    """One step; ``why`` explains a lock or what needs attention."""

    page: str
    status: Status
    why: str = ""


def states(draft: DraftView, run: RunView | None) -> list[StepState]:
    """What is done and what can be done next, from a project's draft and the run that is looked at."""
    has_data = draft.data_version_id is not None
    finished = run is not None and run.state is State.SUCCEEDED
    no_data = _("First import data on the page “1 Data”.")
    result: list[StepState] = [
        StepState("data", "done") if has_data else StepState("data", "attention", _("Data is missing."))
    ]
    for page in ("prepare", "augment", "model"):
        if not has_data:
            result.append(StepState(page, "locked", no_data))
        else:
            result.append(StepState(page, "done" if page in draft.reviewed or run is not None else "open"))
    result.append(_train(run) if has_data else StepState("train", "locked", no_data))
    waiting = _("This opens when a training run has finished.")
    for page in ("evaluate", "use"):
        if finished:
            result.append(StepState(page, "done" if page in draft.reviewed else "open"))
        else:
            result.append(StepState(page, "locked", waiting))
    return result


def _train(run: RunView | None) -> StepState:
    if run is None or run.state.active or run.state is State.CANCELLED:
        return StepState("train", "open")
    if run.state is State.SUCCEEDED:
        return StepState("train", "done")
    if run.state is State.PAUSED:
        return StepState("train", "attention", _("The run is paused."))
    return StepState("train", "attention", _("The last run failed."))


def show(steps: Sequence[StepState], here: str, project_id: str, run_id: str | None) -> None:
    """The row of steps; each is a link that keeps project and run. A locked one leads to a page that says why."""
    titles = navigation.titles()
    icons = {"done": "check_circle", "attention": "error", "locked": "lock"}
    with st.container(border=True, key="stepper", horizontal=True, horizontal_alignment="distribute", gap="xsmall"):
        for step in steps:
            own = navigation.ICONS[step.page]
            title = titles[step.page]
            st.page_link(
                navigation.page(step.page),
                label=f":gray[{title}]" if step.status == "locked" and step.page != here else title,
                icon=f":material/{own if step.page == here else icons.get(step.status, own)}:",
                help=step.why or None,
                query_params=navigation.address(project_id, run_id),
            )
