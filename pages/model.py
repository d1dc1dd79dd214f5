"""4 Model: choose the pretrained model that is going to learn."""

import streamlit as st

from workbench import tasks
from workbench.recipe import Model
from workbench.services import models
from workbench.tasks.resolve import FEATURES
from workbench.ui import before_training, frame, layers, model_cards, network_settings
from workbench.ui.i18n import _

here = frame.open_page(
    "model",
    _("Choose the model that will learn from your rows. One that has learned from others before needs fewer of yours."),
)
frame.require_data(here)

task = tasks.by_name(here.recipe.task)
wanted = next((role.read_by for role in task.roles if not role.target), "text")
present = here.recipe.model.id if here.recipe.model else task.default_model or ""
chosen = st.session_state.get("model_chosen", present)
model_cards.offered(here, chosen, wanted)
settings = network_settings.form(here, chosen)
layers.show(here, chosen, settings)
before_training.estimate(here)

if wanted not in (FEATURES, "pixels"):  # nobody has learned one's own table beforehand, nor to draw one's own images
    with st.expander(_("A folder of this machine"), icon=":material/folder:", key="model_folder_open"):
        model_cards.folder(here, wanted)
    with st.expander(_("Search the Hugging Face Hub"), icon=":material/travel_explore:", key="model_hub_open"):
        model_cards.hub(here, wanted)

if frame.primary(_("Choose this model"), "model_choose", icon="check"):
    with frame.saving(here), st.spinner(_("Checking the model; a missing one is fetched once …")):
        models.folder(here.store, chosen, wanted)
        here.save(here.recipe.model_copy(update={"model": Model(id=chosen, settings=settings)}))
        here.go("train")
