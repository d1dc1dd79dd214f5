"""How good a model is: the headline beside its baseline, scores for each label, and the rows behind every number."""

import pandas as pd
import streamlit as st

from workbench.evaluate.panels import Score, Scores
from workbench.services import runs
from workbench.services.runs import EvaluationView
from workbench.store.views import RunView
from workbench.tasks.protocol import Metric, Role, Task
from workbench.ui import charts, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, n_, number, percent
from workbench.ui.tables import plain

FEW_ROWS = 100


def headline(task: Task, found: EvaluationView) -> None:
    """The headline metric with its interval beside the baseline on the same rows, and a plain verdict."""
    metric = task.headline
    score, baseline = found.scores.values[metric.name], found.baseline.values[metric.name]
    with st.container(border=True, gap="small"):
        st.metric(
            _(metric.title),
            percent(score.value),
            delta=_("{points} points against the baseline").format(
                points=f"{100 * (score.value - baseline.value):+.1f}"
            ),
            help=_(metric.definition),
        )
        st.markdown(f"{_interval(score)} · {_verdict(score, baseline)}")
        st.caption(
            n_(
                "Measured on {count} test row that the model never saw.",
                "Measured on {count} test rows that the model never saw.",
                found.scores.rows,
            )
        )
        if found.scores.rows < FEW_ROWS:
            st.warning(_("So few test rows give rough scores: look at the interval, not at the number."))
    _others(task, found.scores, found.baseline)


def _interval(score: Score) -> str:
    if score.low is None or score.high is None:
        return _("No interval was computed")
    return _("95 % interval {low} to {high}").format(low=percent(score.low), high=percent(score.high))


def _verdict(score: Score, baseline: Score) -> str:
    """Better, worse, or cannot tell: the baseline against the model's interval."""
    words = _("a simple word-counting model reaches {score} on the same rows").format(score=percent(baseline.value))
    if score.low is not None and baseline.value < score.low:
        return _("better than the baseline: {words}").format(words=words)
    if score.high is not None and baseline.value > score.high:
        return _("worse than the baseline: {words}").format(words=words)
    return _("cannot tell from the baseline: {words}").format(words=words)


def _others(task: Task, scores: Scores, baseline: Scores) -> None:
    rest = [metric for metric in task.metrics if metric.name in scores.values and metric is not task.headline]
    with st.grid(4, min_column_width=160, gap="small"):
        for metric in rest[:4]:
            _tile(metric, scores, baseline)


def _tile(metric: Metric, scores: Scores, baseline: Scores) -> None:
    other = baseline.values.get(metric.name)
    st.metric(
        _(metric.title),
        percent(scores.values[metric.name].value),
        delta=_("baseline {score}").format(score=percent(other.value)) if other else None,
        delta_color="off",
        delta_arrow="off",
        border=True,
        help=_(metric.definition),
    )


def panels(here: Here, run: RunView, task: Task, found: EvaluationView) -> None:
    """Every panel of the task; a matrix opens the rows behind its cells."""
    target = next((role for role in task.roles if role.target), None)
    for position, panel in enumerate(found.scores.panels):
        with st.container(border=True):
            cell = charts.panel(panel, f"evaluate_panel_{position}")
            if panel.kind == "matrix" and target is not None:
                _cell_rows(here, run, target, panel.labels, cell)


def _cell_rows(here: Here, run: RunView, target: Role, labels: tuple[str, ...], cell: tuple[str, str] | None) -> None:
    """The rows of one cell, chosen by clicking it or, without a mouse, by the two boxes."""
    if cell is not None and cell != st.session_state.get("evaluate_clicked"):
        st.session_state["evaluate_clicked"] = cell
        st.session_state["evaluate_true"], st.session_state["evaluate_predicted"] = cell
    st.caption(_("Click a cell, or choose it here, to read its rows."))
    left, right = st.columns(2)
    true = left.selectbox(_("True label"), labels, index=None, key="evaluate_true", placeholder=_("Choose a label"))
    guessed = right.selectbox(
        _("Predicted label"), labels, index=None, key="evaluate_predicted", placeholder=_("Choose a label")
    )
    if true is None or guessed is None:
        return
    rows = runs.predictions(here.store, run.id)
    rows = rows[(rows[target.name] == true) & (rows["prediction"] == guessed)]
    st.markdown(
        _("**{count}** rows are “{true}” and were called “{guessed}”.").format(
            count=number(len(rows)), true=plain(true), guessed=plain(guessed)
        )
    )
    if not rows.empty:
        _rows(rows.sort_values("confidence", ascending=False), target, _("Rows of the chosen cell"), "evaluate_rows")


def mistakes(here: Here, run: RunView, task: Task) -> None:
    """The test rows about which the model was most sure, and wrong."""
    target = next((role for role in task.roles if role.target), None)
    if target is None:
        return
    rows = runs.predictions(here.store, run.id)
    wrong = rows[rows[target.name] != rows["prediction"]].sort_values("confidence", ascending=False)
    st.header(_("Worst mistakes"), anchor=False)
    if wrong.empty:
        st.success(_("The model made no mistake on the test rows."), icon=":material/celebration:")
        return
    st.caption(
        _("Rows where the model was sure and wrong, the surest first. Often the label is the mistake, not the model.")
    )
    _rows(wrong.head(100), target, _("The surest mistakes on the test rows"), "evaluate_mistakes")


def _rows(rows: pd.DataFrame, target: Role, alt: str, key: str) -> None:
    texts = [name for name in rows.columns if name not in ("prediction", "confidence", target.name)]
    shown = rows[
        [*[name for name in texts if not name.startswith("probability_")], target.name, "prediction", "confidence"]
    ]
    shown = shown.reset_index(names="row").assign(row=lambda table: table["row"] + 1)
    titles = {
        "row": _("Row"),
        target.name: _("True label"),
        "prediction": _("Predicted"),
        "confidence": _("Confidence"),
    }
    tables.show(shown, alt, percentages=["confidence"], titles=titles, key=key)
