"""7 Use: try the model on a sentence, take it away, call it from elsewhere."""

import streamlit as st

from workbench.services import models
from workbench.store.views import State
from workbench.ui import exporting, fold_runs, frame, messages, playground
from workbench.ui.i18n import _, size

here = frame.open_page(
    "use", _("Try your model on something new, then take it away: it runs anywhere, without the workbench.")
)
run = frame.require_run(here)
if run.in_folds:
    fold_runs.take_away(here, run)
    st.stop()
if run.model_id is None:
    with messages.empty("deployed_code", _("No model yet"), _("A finished run leaves a model here, ready to be used.")):
        here.link("train", _("Go to 5 Train"))
        if run.state is State.SUCCEEDED:
            here.link("runs", _("Take it back from the bin on the Runs page"))
    st.stop()
model = models.model(here.store, run.model_id)

left, right = st.columns([1.2, 1], gap="large")
with left, messages.shown():
    st.header(_("Try it"), anchor=False)
    playground.ask(here, model)
with right:
    st.header(_("Take it away"), anchor=False)
    st.markdown(
        _("One zip file with the weights, your preparation, the scores, a model card and a short `predict.py`.")
    )
    st.caption(_("{name} · {size}").format(name=model.name, size=size(model.bytes)))
    with messages.shown():
        exporting.take_away(here, model)
    playground.how_to(here, model)
    st.button(
        _("Move the model to the bin"),
        key="use_bin",
        icon=":material/delete:",
        help=_("The run keeps its scores; the model can be taken back on the Runs page."),
        on_click=messages.act,
        args=(models.move_to_bin, here.store, model.id),
    )
