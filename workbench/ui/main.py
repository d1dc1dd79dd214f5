"""The script that Streamlit runs: page set-up, menu, and the page that the address names."""

from pathlib import Path

import streamlit as st

from workbench.services.workbench import preferences
from workbench.ui import i18n, messages, navigation
from workbench.ui.opened import store

STATIC = Path(__file__).parent / "static"

# A picture of our own: for an icon by name the browser would ask a font server elsewhere.
st.set_page_config(page_title="AI Workbench", page_icon=str(STATIC / "icon.svg"), layout="wide")
st.logo(str(STATIC / "logo.svg"), size="large")

with messages.shown():
    i18n.use(preferences(store()).language)
    page = st.navigation(navigation.pages(), position="top")
    st.set_page_config(page_title=f"{page.title} · AI Workbench")
    with st.container(horizontal_alignment="center"), st.container(width=1200, gap="medium"), messages.shown():
        page.run()
