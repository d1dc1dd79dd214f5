"""2 Prepare: cleaning steps and the split, with what they do to one's own rows."""

from functools import partial

import streamlit as st

from workbench.services import datasets, recipes
from workbench.ui import before_after, frame, messages, prepare_choices, prepare_split, prepare_steps
from workbench.ui.i18n import _

here = frame.open_page(
    "prepare",
    _("Clean the rows and divide them: most teach the model, some steer it, and some are kept aside to judge it."),
)
version_id = frame.require_data(here)
offered = recipes.prepare_steps(here.recipe.task)
choices = prepare_choices.read(here.store, here.recipe, version_id)

left, right = st.columns([1, 1.35], gap="large")
with left:
    st.header(_("Steps"), anchor=False)
    chosen = prepare_steps.choose(offered, here.recipe.prepare, choices)
preview = right.container()

left, right = st.columns([1, 1.35], gap="large")
with left:
    st.header(_("Split"), anchor=False)
    split = prepare_split.choose(here.recipe, choices, datasets.profile(here.store, version_id))
recipe = here.recipe.model_copy(update={"prepare": chosen.steps, "split": split})

with preview, messages.shown(), st.skeleton(height=420):
    prepared = datasets.prepared(here.store, recipe, version_id)
    chosen.tell(prepared.report)
    st.header(_("What this does"), anchor=False)
    before_after.show(here.store, recipe, version_id, prepared)
    with right:
        st.header(_("The parts"), anchor=False)
        prepare_split.result(here.store, recipe, version_id, prepared)

changed = chosen.changed or split != here.recipe.split
undo = partial(prepare_steps.undo_all, offered) if changed else None
if frame.primary(_("Apply preparation"), "prepare_apply", beside=undo):
    with frame.saving(here):
        recipes.resolve(recipe)
        here.save(recipe)
        here.go("augment")
