"""How good a model is: the headline beside its baseline, scores for each label, and the rows behind every number."""

import math

import pandas as pd
import streamlit as st

from workbench import tasks
from workbench.evaluate.panels import Score
from workbench.services import runs
from workbench.services.runs import EvaluationView
from workbench.store.views import RunView
from workbench.tasks.protocol import Metric, Role, Task
from workbench.ui import charts, gallery, scores, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, n_, number
from workbench.ui.tables import plain

FEW_ROWS = 100
WIDE = ("marked", "pictures")  # kinds of panels that stand below the others, in place of a table of mistakes


def headline(here: Here, run: RunView, task: Task, found: EvaluationView) -> None:
    """The headline metric with its interval, the baseline on the same rows and the best other run; a plain verdict."""
    metric = task.headline
    score, baseline = found.scores.values[metric.name], found.baseline.values[metric.name]
    other = _best_other(here, run, metric)
    with st.grid(3, min_column_width=220, gap="small"):
        st.metric(
            _("{metric}, this model").format(metric=_(metric.title)),
            scores.shown(metric, score.value),
            delta=_interval(metric, score),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            icon=":material/target:",
            help=_(metric.definition),
        )
        st.metric(
            _("Baseline"),
            scores.shown(metric, baseline.value),
            delta=scores.difference(metric, score.value, baseline.value),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            icon=":material/straighten:",
            help=_("A simple model, trained and measured on the same rows: what yours has to beat."),
        )
        st.metric(
            _("Best other run"),
            scores.shown(metric, other[1]) if other else "–",
            delta=plain(other[0]) if other else _("none on the same test rows"),
            delta_color="off",
            delta_arrow="off",
            border=True,
            height="stretch",
            icon=":material/history:",
        )
    measured = n_(
        "Measured on {count} test row that the model never saw.",
        "Measured on {count} test rows that the model never saw.",
        found.scores.rows,
    )
    st.markdown(f"{_verdict(score, metric.higher_is_better)} {measured}")
    if found.scores.rows < FEW_ROWS:
        st.warning(_("So few test rows give rough scores: look at the interval, not at the number."))


def _best_other(here: Here, run: RunView, metric: Metric) -> tuple[str, float] | None:
    """Name and test score of the best of the project's other runs that was measured on the very same rows."""
    others = [
        (other.name, other.summary.scores.get("test", {}).get(metric.name))
        for other in runs.list_runs(here.store, here.project.id)
        if other.id != run.id and _rows_of(other) == _rows_of(run)
    ]
    scored = [(name, value) for name, value in others if value is not None]
    return max(scored, key=lambda pair: pair[1] if metric.higher_is_better else -pair[1], default=None)


def _rows_of(run: RunView) -> tuple[object, ...]:
    """What decides which rows a run was tested on."""
    recipe = run.recipe
    columns = recipe.data.columns if recipe.data else {}
    return run.data_version_id, columns, recipe.prepare, recipe.split, recipe.split_seed


def _interval(metric: Metric, score: Score) -> str:
    if score.low is None or score.high is None:
        return _("no interval was computed")
    return _("95% interval {low} to {high}").format(
        low=scores.shown(metric, score.low), high=scores.shown(metric, score.high)
    )


def _verdict(score: Score, higher_is_better: bool) -> str:
    """Better, worse, or cannot tell: by the interval of the difference to the baseline on the same rows."""
    low, high = score.difference_low, score.difference_high
    if low is not None and high is not None and (low > 0 or high < 0):
        if (low > 0) == higher_is_better:
            return ":material/thumb_up: " + _("**Better** than the baseline, beyond what chance explains.")
        return ":material/thumb_down: " + _("**Worse** than the baseline: the simple model is the better choice here.")
    return ":material/balance: " + _(
        "**Cannot tell** from the baseline: the difference is within what chance explains."
    )


def panels(here: Here, run: RunView, task: Task, found: EvaluationView) -> None:
    """Every panel of the task but its mistakes; a matrix opens the rows behind its cells."""
    target = next((role for role in task.roles if role.target), None)
    for position, panel in enumerate(found.scores.panels):
        if panel.kind == "matrix":
            with st.container(border=True), st.container(horizontal=True, gap="large"):
                with st.container(width=520):
                    cell = charts.panel(panel, f"evaluate_panel_{position}")
                if target is not None:
                    with st.container(width="stretch"):
                        _cell_rows(here, run, target, panel.labels, cell)
    numbered = enumerate(found.scores.panels)
    rest = [(position, panel) for position, panel in numbered if panel.kind not in ("matrix", *WIDE)]
    with st.grid(2, min_column_width=420, gap="medium"):
        for position, panel in rest:
            with st.container(border=True, height="stretch"):
                charts.panel(panel, f"evaluate_panel_{position}")


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
        rows = rows.sort_values("confidence", ascending=False)
        _rows(run, rows, target, _("Rows of the chosen cell"), "evaluate_rows")


def mistakes(here: Here, run: RunView, task: Task, found: EvaluationView) -> None:
    """The test rows about which the model was most sure, and wrong; or the texts or images that it did worst."""
    wide = [(place, panel) for place, panel in enumerate(found.scores.panels) if panel.kind in WIDE]
    if wide:
        for place, panel in wide:
            charts.panel(panel, f"evaluate_panel_{place}")
        return
    target = next((role for role in task.roles if role.target), None)
    if target is None:
        return
    rows = runs.predictions(here.store, run.id)
    st.header(_("Worst mistakes"), anchor=False)
    if "confidence" not in rows.columns:
        _furthest_off(rows, target)
        return
    wrong = rows[rows[target.name] != rows["prediction"]].sort_values("confidence", ascending=False)
    if wrong.empty:
        st.success(_("The model made no mistake on the test rows."), icon=":material/celebration:")
        return
    st.caption(
        _("Rows where the model was sure and wrong, the surest first. Often the label is the mistake, not the model.")
    )
    _rows(run, wrong.head(100), target, _("The surest mistakes on the test rows"), "evaluate_mistakes")


def _furthest_off(rows: pd.DataFrame, target: Role) -> None:
    """The test rows whose number the model missed by the most."""
    st.caption(_("Rows whose prediction is furthest off. Often the number in the table is the mistake, not the model."))
    true = pd.to_numeric(rows[target.name], errors="coerce")
    largest = max(true.abs().max(), rows["prediction"].abs().max(), 1e-300)
    digits = 3 - math.floor(math.log10(largest))  # four significant ones of the largest number
    shown = rows.assign(
        **{
            target.name: true,
            "prediction": rows["prediction"].round(digits),
            "off": (rows["prediction"] - true).round(digits),
        }
    )
    shown = shown.reindex(shown["off"].abs().sort_values(ascending=False, kind="stable").index).head(100)
    last = [target.name, "prediction", "off"]
    shown = shown[[*(name for name in rows.columns if name not in last), *last]]
    shown = shown.reset_index(names="#").assign(**{"#": lambda table: table["#"] + 1})
    titles = {"#": _("Row"), target.name: _("True"), "prediction": _("Predicted"), "off": _("Off by")}
    tables.show(shown, _("The test rows that the model missed by the most"), titles=titles, key="evaluate_mistakes")


def _rows(run: RunView, rows: pd.DataFrame, target: Role, alt: str, key: str) -> None:
    texts = [name for name in rows.columns if name not in ("prediction", "confidence", target.name)]
    shown = rows[
        [*[name for name in texts if not name.startswith("probability_")], target.name, "prediction", "confidence"]
    ]
    shown = shown.reset_index(names="#").assign(**{"#": lambda table: table["#"] + 1})
    titles = {
        "#": _("Row"),
        target.name: _("True label"),
        "prediction": _("Predicted"),
        "confidence": _("Confidence"),
    }
    pictures = [role.name for role in tasks.by_name(run.recipe.task).roles if role.kind == "image"]
    for name in pictures:
        shown[name] = [gallery.address(run.data_version_id, cell) for cell in shown[name]]
        titles[name] = _("Image")
    size = {"row_height": 72} if pictures else {}
    tables.show(shown, alt, percentages=["confidence"], pictures=pictures, titles=titles, key=key, **size)
