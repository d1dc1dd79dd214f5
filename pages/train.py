"""5 Train: start a run, watch it learn, and act on what the curves say."""

import streamlit as st

from workbench.services import estimates, recipes
from workbench.store.views import State
from workbench.ui import before_training, frame, messages, run_live, training_form
from workbench.ui.i18n import _

here = frame.open_page(
    "train", _("The model now learns from your rows. Watch the loss fall; every setting has a good default.")
)
version_id = frame.require_data(here)
run = here.run
changing = run is not None and st.session_state.get("train_new") == run.id

if run is not None and not changing:
    run_live.show(here, run)
    if run.state is State.SUCCEEDED and frame.primary(_("See the results"), "train_results", icon="query_stats"):
        here.go("evaluate")
    if not run.state.active:
        run_live.leave(_("Train again with other settings"), "replay", run.id)
else:
    before_training.choices(here)
    left, right = st.columns([1, 1.2], gap="large")
    with right:
        ready = before_training.outlook(here, version_id)
    with left:
        st.header(_("Settings"), anchor=False)
        planned = here.recipe.model_copy(update={"training": training_form.chosen(here.recipe.training)})
        facts = estimates.plan(here.store, planned, version_id)
        training = training_form.show(here.recipe.training, facts)
    with right, messages.shown():
        before_training.estimate(here, training, facts)
    if changing:
        run_live.leave(_("Back to the run"), "undo", None)
    if frame.primary(_("Start training"), "train_start", icon="play_arrow", disabled=not ready or training is None):
        with frame.saving(here), st.spinner(_("Starting …")):
            recipe = here.recipe.model_copy(update={"training": training})
            recipes.resolve(recipe)
            run_live.begin(here, recipe, version_id)
