"""6 Evaluate: how good the model is, beside a simple baseline, and where it goes wrong."""

import streamlit as st

from workbench import tasks
from workbench.services import runs
from workbench.ui import fold_runs, frame, messages, results, run_words
from workbench.ui.i18n import _

here = frame.open_page(
    "evaluate", _("See how well the model does on rows it has never seen, and read the rows where it goes wrong.")
)
run = frame.require_run(here)
found = runs.evaluation(here.store, run.id)
if found is None:
    with messages.empty("query_stats", _("Not scored yet"), _("Scores appear here when the run has finished.")):
        here.link("train", _("Go to 5 Train"))
    st.stop()

task = tasks.by_name(run.recipe.task)
run_words.badges(run)
fold_runs.back(here, run)
if run.in_folds:
    fold_runs.means(run, task, found)
    fold_runs.listed(here, run)
    st.header(_("All rows as one"), anchor=False)
results.headline(here, run, task, found)
run_words.remarks(runs.events(here.store, run.id))
results.panels(here, run, task, found)
with st.container(border=True):
    results.mistakes(here, run, task, found)

if frame.primary(
    _("Use this model"), "evaluate_use", icon="deployed_code", disabled=run.model_id is None and not run.in_folds
):
    with frame.saving(here):
        here.save()
        here.go("use")
