"""A run in words: its state as a badge, its length, its score."""

from collections.abc import Sequence

import streamlit as st

from workbench import tasks
from workbench.store.views import EventView, RunView, State
from workbench.ui import scores
from workbench.ui.i18n import _, duration
from workbench.ui.tables import plain

_LOOK = {
    State.QUEUED: ("schedule", "gray"),
    State.LEASED: ("hourglass_top", "blue"),
    State.RUNNING: ("play_circle", "blue"),
    State.PAUSED: ("pause_circle", "orange"),
    State.SUCCEEDED: ("check_circle", "green"),
    State.FAILED: ("error", "red"),
    State.CANCELLED: ("cancel", "gray"),
    State.INTERRUPTED: ("restart_alt", "orange"),
}


def state(run: RunView) -> str:
    """The run's state as people say it, with what was asked of it and is not done yet."""
    words = {
        State.QUEUED: _("Waiting"),
        State.LEASED: _("Starting"),
        State.RUNNING: _("Training"),
        State.PAUSED: _("Paused"),
        State.SUCCEEDED: _("Finished"),
        State.FAILED: _("Failed"),
        State.CANCELLED: _("Cancelled"),
        State.INTERRUPTED: _("Interrupted, resuming"),
    }
    asked = {"pause": _("pausing …"), "stop": _("stopping …"), "cancel": _("cancelling …")}
    if run.control and run.state.active:
        return f"{words[run.state]}, {asked.get(run.control, run.control)}"
    if run.state is State.RUNNING and run.progress.waits_for:
        return _("Paused: no room on the disk")
    if run.state is State.SUCCEEDED and run.summary.stopped_early:
        return _("Finished early")
    return words[run.state]


def phase(run: RunView) -> str:
    """What a running run does right now."""
    words = {
        "waiting": _("Waiting for a free device"),
        "loading": _("Loading the model"),
        "preparing images": _("Preparing the images"),
        "features": _("Reading every text once"),
        "fitting": _("Fitting the models"),
        "training": _("Training"),
        "scoring": _("Scoring the test rows"),
        "no room": _("Paused: no room on the disk"),
        "done": _("Done"),
    }
    return words.get(run.progress.phase, run.progress.phase)


def remarks(events: Sequence[EventView]) -> None:
    """What the model itself has to say about how it was made; ``events`` begin with the latest, which counts."""
    said = [event.text for event in events if event.kind == "remark"]
    if said:
        st.info(plain(said[0]), icon=":material/leaderboard:")


def notices(events: Sequence[EventView]) -> None:
    """What happened to the run on its way that somebody who watches it should know; the latest first."""
    for text in dict.fromkeys(event.text for event in events if event.kind == "notice"):
        st.warning(plain(text), icon=":material/info:")


def badge(run: RunView) -> None:
    icon, color = _LOOK[run.state]
    st.badge(state(run), icon=f":material/{icon}:", color=color)  # type: ignore[arg-type]


def badges(run: RunView) -> None:
    """A run's name, state, score and time in a row."""
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(plain(run.name), icon=":material/model_training:", color="gray")
        badge(run)
        score_badges(run)


def score_badges(run: RunView) -> None:
    """A run's test score, of folds their mean, and its time; nothing of what is not there yet."""
    headline = tasks.by_name(run.recipe.task).headline
    score = run.summary.scores.get("test", {}).get(headline.name)
    if score is not None:
        help_text = _("{metric} on the test rows").format(metric=_(headline.title))
        spread = run.summary.spread.get("test", {}).get(headline.name)
        text = scores.shown(headline, score) + (f" ± {scores.around(headline, spread)}" if spread is not None else "")
        st.badge(text, icon=":material/target:", color="violet", help=help_text)
    if run.summary.train_seconds:
        st.badge(duration(run.summary.train_seconds), icon=":material/timer:", color="gray")


def reason(run: RunView) -> None:
    """Why a run failed, as it was written."""
    if run.reason and run.state in (State.FAILED, State.INTERRUPTED):
        st.error(plain(run.reason), icon=":material/error:")
