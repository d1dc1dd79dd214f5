"""Settings: where the work is done and kept, and what the workbench looks like."""

import streamlit as st

from workbench.ui import frame, machine_settings
from workbench.ui.i18n import _

frame.heading("settings", _("Choose where training runs, see where your work is kept, and make a backup of it."))

left, right = st.columns(2, gap="large")
with left:
    chosen = machine_settings.choices()
    machine_settings.packs()
with right:
    machine_settings.storage()
    machine_settings.limits()
    machine_settings.about()

machine_settings.save(chosen)
