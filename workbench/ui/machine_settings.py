"""What a person can choose for this machine, and what there is to know about it."""

import platform
from dataclasses import replace
from importlib.metadata import version

import streamlit as st

from workbench import __version__
from workbench.services import datasets, models, workbench
from workbench.services.workbench import Preferences
from workbench.ui import frame, i18n, messages
from workbench.ui.i18n import _, number, size
from workbench.ui.opened import store
from workbench.ui.tables import plain


def choices() -> Preferences:
    """Device and language; answers with what is chosen."""
    present = workbench.preferences(store())
    slots = workbench.slots(store())
    st.header(_("This computer"), anchor=False)
    titles = {"auto": _("The fastest free device")} | {slot.name: slot.title for slot in slots}
    device = st.radio(
        _("Train on"),
        list(titles),
        index=list(titles).index(present.device) if present.device in titles else 0,
        format_func=lambda name: plain(titles[name]),
        key="settings_device",
        help=_("A graphics card (GPU) trains many times faster than the processor (CPU), where there is one."),
    )
    for slot in slots:
        busy = slot.job_id is not None
        st.badge(
            f"{plain(slot.title)} · {_('at work') if busy else _('free')}",
            icon=":material/memory:",
            color="blue" if busy else "green",
        )
    st.header(_("Appearance"), anchor=False)
    language = st.selectbox(
        _("Language"),
        list(i18n.LANGUAGES),
        index=list(i18n.LANGUAGES).index(present.language) if present.language in i18n.LANGUAGES else 0,
        format_func=i18n.LANGUAGES.__getitem__,
        key="settings_language",
    )
    st.caption(_("Light or dark: the three dots at the top right. It follows your system until you choose."))
    return replace(present, device=device, language=language)


def save(chosen: Preferences) -> None:
    """The page's one primary button."""
    if frame.primary(_("Save settings"), "settings_save", icon="save"):
        with messages.shown():
            workbench.save_preferences(store(), chosen)
            messages.later(_("Saved."))
            st.rerun()


def packs() -> None:
    """Models and samples that come as packs: here, or fetched when first used."""
    st.header(_("Packs"), anchor=False)
    st.caption(_("Models and samples that the workbench can use without any hub. Each is fetched once, then kept."))
    for card in models.starters(store()):
        _pack(card.id, card.title, card.present)
    for sample in datasets.samples():
        _pack(sample.id, sample.title, models.pack_present(store(), sample.id))


def _pack(pack_id: str, title: str, present: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{plain(title)}** · `{pack_id}`", width="content")
        if present:
            st.badge(_("Here"), icon=":material/check:", color="green")
        elif st.button(_("Fetch"), key=f"settings_fetch_{pack_id}", icon=":material/download:"):
            with messages.shown(), st.spinner(_("Fetching …")):
                models.fetch_pack(store(), pack_id)
                st.toast(_("It is here now."), icon=":material/check_circle:")


def storage() -> None:
    """Folder, size, backup and bin."""
    st.header(_("Your work"), anchor=False)
    st.metric(_("Size of the store"), size(workbench.store_size(store())), border=True)
    st.caption(_("Everything lies in this folder; WORKBENCH_HOME moves it:"))
    st.code(str(store().settings.home), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        if st.button(_("Make a backup"), key="settings_backup", icon=":material/backup:"):
            with messages.shown():
                folder = store().settings.home / "backups"
                folder.mkdir(parents=True, exist_ok=True)
                made = workbench.backup(store(), folder)
                st.success(_("The backup is in {path}").format(path=plain(made)), icon=":material/check_circle:")
        if st.button(
            _("Empty the bin"),
            key="settings_empty",
            icon=":material/delete_sweep:",
            help=_("Deletes for good what has been in the bin for more than a week."),
        ):
            with messages.shown():
                freed = workbench.empty_bin(store())
                st.success(_("{size} freed.").format(size=size(freed)), icon=":material/check_circle:")


def limits() -> None:
    """What an imported file may hold."""
    allowed = store().settings.limits
    st.header(_("Limits"), anchor=False)
    st.table(
        {
            _("Largest upload"): size(allowed.upload_bytes),
            _("Largest upload in pieces"): size(allowed.large_upload_bytes),
            _("Columns of a table"): number(allowed.columns),
            _("Cells of a table"): number(allowed.cells),
            _("Largest cell"): size(allowed.cell_bytes),
            _("Memory of a reader"): size(allowed.reader_bytes),
        },
        border="horizontal",
    )


def about() -> None:
    """Versions, for a report of a problem."""
    st.header(_("About"), anchor=False)
    st.table(
        {
            "AI Workbench": __version__,
            "Python": platform.python_version(),
            "PyTorch": version_of("torch"),
            "transformers": version_of("transformers"),
            "Streamlit": version_of("streamlit"),
        },
        border="horizontal",
    )
    st.caption(_("Fonts: Inter and JetBrains Mono, SIL Open Font License 1.1."))


def version_of(package: str) -> str:
    """The installed version of a package, without importing it."""
    try:
        return version(package)
    except ModuleNotFoundError:
        return "–"
