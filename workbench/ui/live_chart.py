"""The live chart of a run's curves: the one part of the page that Streamlit does not have (it would lose the zoom)."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from workbench.store.views import State
from workbench.tasks.protocol import Metric
from workbench.ui.i18n import _
from workbench.ui.web.routes import PLOTLY

HTML = """
<div class="live-chart">
  <div class="live-options">
    <label><input type="checkbox" class="live-log-box"> <span class="live-log"></span></label>
    <label><input type="checkbox" class="live-smooth-box" checked> <span class="live-smooth"></span></label>
  </div>
  <p class="live-note" role="status"></p>
  <div class="live-plot" role="figure"></div>
</div>
"""
CSS = """
.live-chart { position: relative; width: 100%; }
.live-options { display: flex; gap: 1.25rem; justify-content: flex-end; font-size: 0.875rem; }
.live-options label { display: inline-flex; align-items: center; gap: 0.4rem; cursor: pointer; }
.live-options input { accent-color: var(--st-primary-color); width: 1rem; height: 1rem; }
.live-note { margin: 0; font-size: 0.875rem; opacity: 0.75; }
.live-plot { width: 100%; height: 430px; }
"""
_component = st.components.v2.component(
    "workbench_live_chart",
    html=HTML,
    css=CSS,
    js=(Path(__file__).parent / "live_chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # Plotly puts its own styles into the document's head
)


def show(run_id: str, state: State, metrics: Sequence[Metric], *, every: float = 1.0) -> None:
    """Draw the curves of a run and follow it until it ends. Zoom, log scale and smoothing stay as they were set.

    ``metrics`` are the task's: the first two of them that a run reports on its validation rows are drawn too.
    """
    _component(
        key=f"train_live_{run_id}",
        height="content",
        data={
            "run": run_id,
            "state": state.value,
            "address": f"/api/metrics?{urlencode({'run': run_id})}",
            "library": PLOTLY,
            "every": every,
            "words": _words() | _titles(metrics) | {"score_form": ".1~%" if metrics[0].fraction else ".4~g"},
        },
    )


def _titles(metrics: Sequence[Metric]) -> dict[str, str]:
    return {
        f"validation_{metric.name}": _("{metric}, validation rows").format(metric=_(metric.title))
        for metric in metrics[:2]
    }


def _words() -> dict[str, str]:
    return {
        "title": _("Training loss"),
        "loss": _("Training loss"),
        "raw": _("Training loss, every step"),
        "validation_loss": _("Validation loss"),
        "step": _("Step"),
        "loss_axis": _("Loss"),
        "score_axis": _("Score"),
        "log": _("Log scale"),
        "smooth": _("Smooth the loss"),
        "waiting": _("The first points appear here a few seconds after training has begun."),
        "lost": _("The connection is lost; trying again. Training itself goes on."),
    }
