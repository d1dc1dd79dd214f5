"""2 Prepare: cleaning steps and the split, with what they do to one's own rows."""

import streamlit as st

from workbench.services import datasets, recipes
from workbench.ui import before_after, frame, messages, steps
from workbench.ui.i18n import _

here = frame.open_page(
    "prepare",
    _("Clean the rows and divide them: most teach the model, some steer it, and some are kept aside to judge it."),
)
version_id = frame.require_data(here)

left, right = st.columns([1, 1.35], gap="large")
with left:
    st.header(_("Steps"), anchor=False)
    chosen = steps.choose("prepare", recipes.prepare_steps(), here.recipe.prepare)
    st.header(_("Split"), anchor=False)
    split = steps.split(here.recipe.split)
recipe = here.recipe.model_copy(update={"prepare": chosen, "split": split})

with right, messages.shown(), st.skeleton(height=420):
    prepared = datasets.prepared(here.store, recipe, version_id)
    st.header(_("What this does"), anchor=False)
    before_after.report(prepared, recipes.resolve(recipe).roles.target)
    before_after.rows(datasets.preview_steps(here.store, recipe, version_id))

if frame.primary(_("Apply preparation"), "prepare_apply"):
    with frame.saving(here):
        recipes.resolve(recipe)
        here.save(recipe)
        here.go("augment")
