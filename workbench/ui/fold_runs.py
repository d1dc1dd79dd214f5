"""A run in folds as people see it: its folds with their states and scores, mean and spread, and what to take away."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from workbench.services import fold_runs, runs
from workbench.services.runs import EvaluationView
from workbench.store.views import RunView
from workbench.tasks.protocol import Metric, Task
from workbench.ui import messages, navigation, run_words, scores, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number

TEST = "test"


def progress(here: Here, run: RunView) -> None:
    """How many folds have ended, what is done now, and every fold with its way to it."""
    folds = fold_runs.of(here.store, run.id)
    ended = sum(fold.state.ended for fold in folds)
    if run.state.active:
        now = next((fold for fold in folds if not fold.state.ended), None)
        doing = run_words.phase(now) if now else _("Judging the folds together")
        text = _("Fold {now} of {count}: {doing}").format(now=min(ended + 1, len(folds)), count=len(folds), doing=doing)
        steps = now.progress.step / now.progress.steps if now and now.progress.steps else 0.0
        st.progress(min(1.0, (ended + steps) / max(len(folds), 1)), text=text)
    links(here, folds)


def links(here: Here, folds: Sequence[RunView]) -> None:
    """One line a fold: its number, state, score, time, and its pages."""
    for fold in folds:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            place = (fold.recipe.split.fold or 0) + 1
            st.markdown(_("Fold {number}").format(number=number(place)), width="content")
            run_words.badge(fold)
            run_words.score_badges(fold)
            st.space("stretch")
            navigation.link("train", _("Curves"), here.project.id, fold.id)
            if fold.model_id:
                navigation.link("evaluate", _("Results"), here.project.id, fold.id)
                navigation.link("use", _("Use"), here.project.id, fold.id)
        run_words.reason(fold)


def listed(here: Here, run: RunView) -> None:
    """All folds with their scores, folded away under their number."""
    folds = fold_runs.of(here.store, run.id)
    title = _("{count} folds").format(count=number(len(folds)))
    with st.expander(title, icon=":material/splitscreen:", key=f"{here.page}_folds"):
        links(here, folds)


def means(run: RunView, task: Task, found: EvaluationView) -> None:
    """Mean and spread of every score over the folds, beside the baseline's mean and the score of all rows as one."""
    summary = run.summary
    mean, spread, simple = (values.get(TEST, {}) for values in (summary.scores, summary.spread, summary.baseline))
    st.header(_("Over {count} folds").format(count=number(summary.folds)), anchor=False)
    lines = [
        {
            _("Score"): _(metric.title),
            _("Mean"): scores.shown(metric, mean[metric.name]),
            _("Spread"): f"± {scores.around(metric, spread[metric.name])}",
            _("Baseline"): scores.shown(metric, simple[metric.name]) if metric.name in simple else "–",
            _("All rows as one"): _of_all(metric, found),
        }
        for metric in task.metrics
        if metric.name in mean and metric.name in spread
    ]
    tables.show(pd.DataFrame(lines), _("Scores of the folds: mean, spread, baseline"))
    st.caption(
        _(
            "The spread is the standard deviation between folds: by about so much a score depends on which rows were "
            "the test. All rows as one: every row judged by the model that had not seen it."
        )
    )


def _of_all(metric: Metric, found: EvaluationView) -> str:
    score = found.scores.values.get(metric.name)
    return "–" if score is None else scores.shown(metric, score.value)


def take_away(here: Here, run: RunView) -> None:
    """What there is in the place of one model: the models of the folds, or a run on nearly all rows."""
    folds = [fold for fold in fold_runs.of(here.store, run.id) if fold.model_id]
    with messages.empty(
        "deployed_code",
        _("Folds judge; they leave no single model"),
        _(
            "Each fold has a model of its own, which has not seen a part of your rows. To use your recipe, train one "
            "model on nearly all rows: the folds have told how good it will be."
        ),
    ):
        whole(here, run)
    if folds:
        st.header(_("The models of the folds"), anchor=False)
        links(here, folds)


def whole(here: Here, run: RunView) -> None:
    """The button that trains one model with the settings of the folds."""
    if st.button(_("Train on nearly all rows"), key=f"{here.page}_whole_{run.id}", icon=":material/model_training:"):
        with messages.shown(), st.spinner(_("Starting …")):
            recipe = fold_runs.whole(run.recipe)
            started = runs.start(here.store, run.project_id, recipe, run.data_version_id, key=f"{run.id}-whole")
            navigation.go("train", here.project.id, started.id)


def back(here: Here, run: RunView) -> None:
    """From a fold to the run that it belongs to."""
    if run.parent_id is not None:
        navigation.link(here.page, _("All folds"), here.project.id, run.parent_id, icon="arrow_back")
