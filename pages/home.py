"""Home: the projects of this workbench, and the ways to get one."""

from functools import partial

import streamlit as st

from workbench.services import opening, projects
from workbench.ui import files, frame, messages, navigation, project_cards
from workbench.ui.i18n import _
from workbench.ui.opened import store

frame.heading(
    "home", _("Each project takes you from your own table to a trained model that you can try, judge and take away.")
)
found = projects.list_projects(store())

welcome = messages.empty(
    "rocket_launch",
    _("Your first model is a few clicks away"),
    _("The sample project holds real text messages, some of them spam, and settings that work as they are."),
)
with st.container(horizontal=True) if found else welcome:
    sample = st.button(
        _("Open the sample project"),
        key="home_sample",
        type="secondary" if found else "primary",
        icon=":material/rocket_launch:",
    )
    others = st.popover(_("Other samples"), icon=":material/dataset:", key="home_samples")
    new = st.popover(_("New project"), icon=":material/add:", type="primary" if found else "secondary", key="home_new")
    bring = st.popover(_("Import project"), icon=":material/unarchive:", key="home_import")
picked = "sample/sms-spam" if sample else None
with others:
    for other in opening.samples():
        if st.button(_(other.title), key=f"home_sample_{other.id}", help=_(other.description), width="stretch"):
            picked = other.id
with new, st.form("home_create", border=False):
    name = st.text_input(_("Name"), key="home_name", placeholder=_("Customer reviews"), max_chars=200)
    create = st.form_submit_button(_("Create project"), icon=":material/add:")
with bring, st.form("home_bring", border=False):
    archive = st.file_uploader(_("A project that was exported here or elsewhere (zip)"), "zip", key="home_file")
    import_it = st.form_submit_button(_("Import this file"), icon=":material/unarchive:")

with messages.shown():
    if picked:
        with st.spinner(_("Opening the sample: its data are fetched once, then kept …")):
            project = opening.open_sample(store(), picked)
        navigation.go("train", project.id)
    if create:
        navigation.go("data", projects.create(store(), name).id)
    if import_it and archive is not None:
        imported = files.once(archive, partial(projects.import_project, store(), name=archive.name))
        navigation.go("data", imported.id)

if found:
    st.header(_("Projects"), anchor=False)
    project_cards.show(found)
project_cards.bin_of(projects.list_projects(store(), binned=True))
