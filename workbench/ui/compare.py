"""Runs in a table; one of them with its notes and recipe, or several with what differs between them."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from workbench import recipe as recipes
from workbench import tasks
from workbench.services import curves, datasets, models, projects, runs
from workbench.store.views import RunView, State
from workbench.tasks.protocol import Metric
from workbench.ui import charts, fold_runs, frame, messages, narration, navigation, run_words, scores, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, duration
from workbench.ui.tables import plain


def table(here: Here, found: Sequence[RunView]) -> list[RunView]:
    """All runs with their scores; answers with those that are selected."""
    titles = {model: models.title(here.store, model) for model in {_model(run) for run in found} if model}
    rows = [_line(run, titles.get(_model(run), "–")) for run in found]
    shown = tables.show(
        pd.DataFrame(rows),
        _("The runs of this project"),
        percentages=[title for run in found for title in _score_titles(run) if _headline(run).fraction],
        key="runs_table",
        on_select="rerun",
        selection_mode="multi-row",
    )
    return [found[position] for position in shown.selection.rows if position < len(found)]


def _model(run: RunView) -> str:
    return run.recipe.model.id if run.recipe.model else ""


def _line(run: RunView, model: str) -> dict[str, Any]:
    headline, (test, simple) = _headline(run), _score_titles(run)
    measured, baseline = run.summary.scores.get("test", {}), run.summary.baseline.get("test", {})
    return {
        _("Run"): run.name,
        _("State"): run_words.state(run),
        test: measured.get(headline.name),
        **({_("Folds"): run.recipe.split.folds, _("± Spread"): _spread(run)} if run.in_folds else {}),
        simple: baseline.get(headline.name),
        _("Model"): model,
        _("Time"): duration(run.summary.train_seconds) if run.summary.train_seconds else "–",
        _("Started"): f"{run.created:%d %b %Y %H:%M}",
        _("Notes"): run.notes,
    }


def _spread(run: RunView) -> str | None:
    """The spread of the headline between folds, in its unit."""
    spread = run.summary.spread.get("test", {}).get(_headline(run).name)
    return None if spread is None else scores.around(_headline(run), spread)


def _headline(run: RunView) -> Metric:
    return tasks.by_name(run.recipe.task).headline


def _score_titles(run: RunView) -> tuple[str, str]:
    """The columns of a run's test score and of its baseline's: runs of other tasks have columns of their own."""
    title = _(_headline(run).title)
    return _("Test {metric}").format(metric=title), _("Baseline {metric}").format(metric=title)


def one(here: Here, run: RunView) -> None:
    """One run: what its curves say, where to see it, its notes and recipe, a copy of its settings, the bin."""
    with st.container(border=True):
        run_words.badges(run)
        run_words.reason(run)
        if run.in_folds:
            fold_runs.listed(here, run)
        said = narration.advice(here, run)
        if said is not None:
            narration.show(here, run, said)
        with st.container(horizontal=True):
            for page, label in (("train", _("Curves")), ("evaluate", _("Results")), ("use", _("Use"))):
                if page == "train" or run.model_id or (run.in_folds and run.state is State.SUCCEEDED):
                    navigation.link(page, label, here.project.id, run.id)
            again = st.button(_("Duplicate with changes"), key="runs_again", icon=":material/content_copy:")
            st.button(
                _("Move to the bin"),
                key="runs_bin",
                icon=":material/delete:",
                on_click=messages.act,
                args=(runs.move_to_bin, here.store, run.id),
            )
        notes = st.text_area(_("Notes"), run.notes, key=f"runs_notes_{run.id}", max_chars=5000)
        if notes != run.notes:
            runs.set_notes(here.store, run.id, notes or "")
        with st.expander(_("Show recipe"), icon=":material/receipt_long:", key="runs_recipe"):
            st.code(recipes.to_yaml(run.recipe), language="yaml")
    if again:
        with frame.saving(here):
            projects.save_draft(
                here.store, here.draft, recipe=run.recipe, data_version_id=run.data_version_id, reviewed=None
            )
            st.session_state["train_new"] = run.id
            navigation.go("train", here.project.id, run.id)


def several(here: Here, picked: Sequence[RunView]) -> None:
    """What differs between the recipes, the curves side by side, and what each of them says."""
    st.header(_("What differs"), anchor=False)
    settings = [_settings(here, run) for run in picked]
    keys = list(dict.fromkeys(key for values in settings for key in values))
    different = [key for key in keys if len({str(values.get(key)) for values in settings}) > 1]
    if different:
        names = [f"{run.name} ({run.number})" if run.name != f"Run {run.number}" else run.name for run in picked]
        lines = [
            {_("Setting"): key}
            | {name: str(values.get(key, "–")) for name, values in zip(names, settings, strict=True)}
            for key in different
        ]
        tables.show(pd.DataFrame(lines), _("Settings in which the runs differ"))
    else:
        st.caption(_("The settings are the same; only chance or the machine differ."))
    figure = charts.layout(height=340, hovermode="x unified")
    for position, run in enumerate(picked):
        series = curves.series(here.store, run.id, 300)
        points = [
            (epoch, value)
            for epoch, value in zip(series.epochs, series.values.get("validation_loss", []), strict=False)
            if value is not None
        ]
        figure.add_scatter(
            x=[epoch for epoch, _value in points],
            y=[value for _epoch, value in points],
            name=run.name,
            mode="lines+markers",
            line={"dash": charts.DASHES[position % len(charts.DASHES)], "width": 2},
            marker={"symbol": charts.MARKS[position % len(charts.MARKS)], "size": 8},
        )
    figure.update_xaxes(title=_("Epoch"))
    figure.update_yaxes(title=_("Validation loss"))
    st.header(_("Validation loss"), anchor=False)
    charts.plot(figure, _("Validation loss of the selected runs"), "runs_curves")
    for run in picked:
        said = narration.advice(here, run)
        if said is not None:
            with st.container(border=True, gap="xsmall"):
                st.caption(plain(run.name))
                narration.show(here, run, said)


def bin_of(here: Here) -> None:
    """Runs and models in the bin, each with the way back."""
    binned: list[tuple[str, str, Callable[..., object]]] = [
        (run.id, run.name, runs.restore) for run in runs.list_runs(here.store, here.project.id, binned=True)
    ]
    binned += [
        (model.id, _("{name}, model").format(name=model.name), models.restore)
        for model in models.finished(here.store, here.project.id, binned=True)
    ]
    if not binned:
        return
    with st.expander(_("Bin ({count})").format(count=len(binned)), icon=":material/delete:", key="runs_binned"):
        for record_id, name, restore in binned:
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(plain(name), width="content")
                st.button(
                    _("Restore"),
                    key=f"runs_restore_{record_id}",
                    icon=":material/undo:",
                    on_click=messages.act,
                    args=(restore, here.store, record_id),
                )


def _settings(here: Here, run: RunView) -> dict[str, Any]:
    """A run's recipe under dotted names, with the version of the data that it read."""
    version = datasets.version(here.store, run.data_version_id)
    about = {_("data version"): _("{name}, version {number}").format(name=version.name, number=version.number)}
    return about | recipes.flat(recipes.to_dict(run.recipe))
