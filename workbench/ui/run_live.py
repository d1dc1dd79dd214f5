"""A run as one watches it: tiles that follow it, curves, controls, log, and what the curves say."""

import uuid
from collections.abc import Callable

import streamlit as st

from workbench import recipe as recipes
from workbench import tasks
from workbench.services import runs, starting
from workbench.store.views import RunView, State
from workbench.ui import fold_runs, live_chart, messages, narration, navigation, run_words, scores, turns
from workbench.ui.frame import Here
from workbench.ui.i18n import _, duration, number, size
from workbench.ui.tables import plain


def show(here: Here, run: RunView) -> None:
    """Everything about one run, following it while it goes on."""
    st.session_state.pop("train_key", None)  # the next start is another one
    follow = None if run.state.ended or run.state is State.PAUSED else 1.0
    st.fragment(_head, run_every=follow)(here, run.id, run.state)
    if _by_steps(run) and not run.in_folds:
        with st.container(border=True):
            st.header(_("Learning curves"), icon=":material/show_chart:", anchor=False)
            live_chart.show(run.id, run.state, tasks.by_name(run.recipe.task).metrics)
    st.fragment(_words, run_every=2.0 if follow else None)(here, run.id)
    with st.container(horizontal=True):
        with st.popover(_("Show recipe"), icon=":material/receipt_long:", key="train_recipe", width="content"):
            st.caption(_("Everything this run needs, to repeat it here or from the command line."))
            st.code(recipes.to_yaml(run.recipe), language="yaml")
        with st.popover(_("Chosen automatically"), icon=":material/auto_mode:", key="train_plan", width="content"):
            _plan(run)


def _by_steps(run: RunView) -> bool:
    """Whether there is a curve to watch: models that are fitted at once have no epochs in their plan."""
    return not run.plan or "epochs" in run.plan


def _head(here: Here, run_id: str, known: State) -> None:
    """State, controls and tiles; when the state changes, the whole page is shown anew."""
    starting.ensure_supervisor(here.store)
    run = runs.get(here.store, run_id)
    if run.state is not known:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
            st.header(plain(run.name), anchor=False, width="content")
            run_words.badge(run)
        with st.container(horizontal=True, width="content", gap="xsmall"):
            _controls(here, run)
    fold_runs.back(here, run)
    run_words.reason(run)
    if run.progress.waits_for:
        st.warning(plain(run.progress.waits_for), icon=":material/hard_drive:")
    if run.state is State.QUEUED:
        turns.place(here, run.parent_id or run.id)
    if run.in_folds:
        fold_runs.progress(here, run)
        return
    _bar(run)
    _tiles(run)


def _controls(here: Here, run: RunView) -> None:
    def button(label: str, action: Callable[..., object], name: str, icon: str, help_text: str) -> None:
        st.button(
            label,
            key=f"train_{name}",
            icon=f":material/{icon}:",
            help=help_text,
            disabled=run.control is not None,
            on_click=messages.act,
            args=(action, here.store, run.id),
        )

    if run.state in (State.RUNNING, State.LEASED):
        button(_("Pause"), runs.pause, "pause", "pause", _("Saves the work and frees the device."))
        button(_("Stop"), runs.stop, "stop", "stop", _("Ends now and keeps the best model so far."))
    if run.state in (State.PAUSED, State.CANCELLED, State.FAILED):
        button(_("Resume"), runs.resume, "resume", "play_arrow", _("Goes on from the last saved point."))
    if run.state.active or run.state is State.PAUSED:
        button(_("Cancel"), runs.cancel, "cancel", "close", _("Gives the run up. It can be resumed later."))


def _bar(run: RunView) -> None:
    progress = run.progress
    if run.state.active:
        share = min(1.0, progress.step / progress.steps) if progress.steps else 0.0
        st.progress(share, text=run_words.phase(run))
        st.caption(
            ":material/bedtime: "
            + _("You can close this tab: training goes on in the background and is here when you come back.")
        )


def _tiles(run: RunView) -> None:
    progress, summary = run.progress, run.summary
    ended, task = run.state is State.SUCCEEDED, tasks.by_name(run.recipe.task)
    chosen_by = next((metric for metric in task.metrics if metric.name == progress.best_metric), task.headline)
    speed = summary.samples_per_second if ended else progress.samples_per_second
    best = summary.best_score if ended else progress.best_score
    memory = (summary.peak_memory_mb or 0) * 1e6 if ended else progress.memory_bytes
    seconds = (summary.train_seconds or progress.seconds) if ended else progress.seconds_left
    time = {_("Training time") if ended else _("Time left"): None if seconds is None else duration(seconds)}
    steps = {
        _("Epoch"): f"{progress.epoch:.1f} / {progress.epochs}" if progress.epochs else None,
        _("Step of {steps}").format(steps=number(progress.steps)): number(progress.step) if progress.steps else None,
    }
    speeds = {_("Samples a second"): None if speed is None else number(speed)}
    if not ended:  # it falls to nothing
        speeds[_("Learning rate")] = None if progress.learning_rate is None else f"{progress.learning_rate:.1e}"
    tiles = {**steps, **time, **speeds} if _by_steps(run) else time
    tiles[_("Peak memory") if ended else _("Memory")] = size(memory) if memory else None
    with st.grid(len(tiles) + 1, min_column_width=130, gap="small"):
        for title, value in tiles.items():
            st.metric(title, value or "–", border=True)
        st.metric(
            _("{metric}, best").format(metric=_(chosen_by.title)),
            "–" if best is None else scores.shown(chosen_by, best),
            border=True,
            help=_("{metric} on the validation rows. {definition}").format(
                metric=_(chosen_by.title), definition=_(chosen_by.definition)
            ),
        )


def _words(here: Here, run_id: str) -> None:
    """What the curves say, and the log."""
    run = runs.get(here.store, run_id)
    events = runs.events(here.store, run_id)
    run_words.notices(events)
    run_words.remarks(events)
    said = narration.advice(here, run)
    if said is not None:
        with st.container(border=True, gap="small"):
            st.header(_("What the curves say"), icon=":material/forum:", anchor=False)
            narration.show(here, run, said)
    with st.expander(_("Log"), icon=":material/terminal:", key="train_log"):
        lines = [f"{event.at:%H:%M:%S}  {event.text}" for event in events]
        st.code("\n".join(lines) or _("Nothing yet."), language=None, wrap_lines=True, height=260)


def begin(here: Here, recipe: recipes.Recipe, data_version_id: str, *, key: str = "") -> None:
    """Write the draft, start a run of it, and show that run. Raises Conflict when another tab wrote the draft before.

    Pressed twice, it starts one run: without ``key``, one key serves this form until its run is shown.
    """
    key = key or st.session_state.setdefault("train_key", uuid.uuid4().hex)
    here.save(recipe, data_version_id)
    run = runs.start(here.store, here.project.id, recipe, data_version_id, key=key)
    st.session_state.pop("train_new", None)
    navigation.go("train", here.project.id, run.id)


def leave(label: str, icon: str, run_id: str | None) -> None:
    """A button that leaves the curves of ``run_id`` for the settings of another run, or (None) goes back to them."""
    st.button(
        label,
        key="train_leave",
        icon=f":material/{icon}:",
        on_click=lambda: st.session_state.update(train_new=run_id),
    )


def _plan(run: RunView) -> None:
    rows = {
        plain(key): plain(f"{fact.get('value')} · {fact.get('reason', '')}") if isinstance(fact, dict) else plain(fact)
        for key, fact in run.plan.items()
    }
    if rows:
        st.table(rows, border="horizontal")
    else:
        st.caption(_("This appears when the run has begun."))
