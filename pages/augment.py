"""3 Augment: make more variety out of the rows there are."""

import streamlit as st

from workbench.services import recipes
from workbench.ui import augment_preview, augment_steps, frame, messages
from workbench.ui.i18n import _

here = frame.open_page(
    "augment",
    _(
        "Show the model slightly different versions of each training row, so that it learns what matters and not the "
        "accidents. This is optional: leave everything off when you have thousands of rows."
    ),
)
version_id = frame.require_data(here)

left, right = st.columns([1, 1.35], gap="large")
with left:
    st.header(_("Steps"), anchor=False)
    chosen = augment_steps.choose(recipes.augment_steps(here.recipe.task), here.recipe.augment)
recipe = here.recipe.model_copy(update={"augment": chosen})

with right, messages.shown(), st.skeleton(height=320):
    st.header(_("One row, several draws"), anchor=False)
    augment_preview.show(here, recipe, version_id)

if frame.primary(_("Apply augmentation"), "augment_apply"):
    with frame.saving(here):
        recipes.resolve(recipe)
        here.save(recipe)
        here.go("model")
