"""4 Model: choose the pretrained model that is going to learn."""

import streamlit as st

from workbench.recipe import Model
from workbench.services import models
from workbench.ui import before_training, frame, model_cards
from workbench.ui.i18n import _

here = frame.open_page(
    "model",
    _("Choose the model that will learn from your rows. It has read much already, so a little of yours is enough."),
)
frame.require_data(here)

present = here.recipe.model.id if here.recipe.model else "starter/minilm-l6"
chosen = st.session_state.get("model_chosen", present)
model_cards.starters(here, chosen)
before_training.estimate(here)

with st.expander(_("A folder of this machine"), icon=":material/folder:", key="model_folder_open"):
    model_cards.folder(here)
with st.expander(_("Search the Hugging Face Hub"), icon=":material/travel_explore:", key="model_hub_open"):
    model_cards.hub(here)

if frame.primary(_("Choose this model"), "model_choose", icon="check"):
    with frame.saving(here), st.spinner(_("Checking the model; a missing one is fetched once …")):
        models.folder(here.store, chosen)
        here.save(here.recipe.model_copy(update={"model": Model(id=chosen)}))
        here.go("train")
