"""1 Data: bring a table or images, see what they hold, say what is to be learned."""

import streamlit as st

from workbench.services import datasets
from workbench.ui import columns, findings, frame, importing, sources, versions
from workbench.ui.i18n import _

here = frame.open_page(
    "data",
    _("Bring a table or images with their labels: the model learns from them, and nothing leaves this computer."),
)

importing.finish(here)

if here.draft.data_version_id is None:
    source = sources.choose(here)
    chosen = None
else:
    chosen = columns.show(here, datasets.version(here.store, here.draft.data_version_id))
    findings.show(here)
    versions.show(here)
    with st.expander(_("Bring other data"), icon=":material/add:", key="data_other", on_change="rerun") as other:
        source = sources.choose(here) if other.open else None

if importing.runs(here):
    importing.show(here)
elif source is not None or chosen is None:
    help_text = "" if source else _("First choose a file, paste text or take a sample.")
    pressed = frame.primary(_("Import data"), "data_import", icon="download", disabled=source is None, help=help_text)
    if pressed and source is not None:
        importing.start(here, source)
elif frame.primary(_("Use this data"), "data_use", disabled=not chosen):
    with frame.saving(here):
        here.save(chosen)
        here.go("prepare")
