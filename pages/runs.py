"""Runs: everything that was trained in a project, side by side."""

import streamlit as st

from workbench.services import runs
from workbench.ui import compare, frame, messages, turns
from workbench.ui.i18n import _

here = frame.open_page("runs", _("Compare what you have trained, see what was different, and go back to any of it."))
found = runs.list_runs(here.store, here.project.id)
if not found:
    with messages.empty(
        "history", _("No runs yet"), _("Every training run is kept here with its settings and scores.")
    ):
        here.link("train", _("Go to 5 Train"))
else:
    turns.show(here)
    picked = compare.table(here, found)
    if len(picked) == 1:
        compare.one(here, picked[0])
    elif picked:
        compare.several(here, picked)
    else:
        st.caption(_("Select one run to see it, or several to compare them."))
compare.bin_of(here)
