"""The ASGI application: Streamlit's pages, our routes, and the guard in front of both. `streamlit run app.py`."""

import streamlit as st

from workbench.ui import messages
from workbench.ui.web import launch

app = st.App(
    "workbench/ui/main.py",
    routes=launch.routes(),
    middleware=launch.middleware(),
    lifespan=launch.announce,
    on_script_error=messages.on_script_error,
)
