"""Data that lie elsewhere: in a folder of this machine, on the Hub, in a database, at a web address.

What is chosen is brought to this machine's store, and from there on it is a file like any other.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from workbench.artefacts.packs import Progress
from workbench.data.sources.hub_source import HubDataSet
from workbench.data.sources.local_folders import Place
from workbench.data.sources.sql_source import ALIASES, DIALECTS, SSL_MODES, Server, Table
from workbench.services import sources
from workbench.services.sources import Staged
from workbench.ui import messages
from workbench.ui.files import Brought
from workbench.ui.frame import Here
from workbench.ui.i18n import _, size
from workbench.ui.tables import plain

_FETCHED = "data_fetched"
_TITLES = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}


def choose(here: Here) -> Brought | None:
    """What was chosen, once it is here to be read."""
    ways: dict[str, tuple[str, Callable[[Here], Brought | None]]] = {
        "folder": (_("In a folder on this machine"), _folder),
        "hub": (_("On the Hugging Face Hub"), _hub),
        "database": (_("In a database"), _database),
        "web": (_("At a web address"), _web),
    }
    way = st.selectbox(_("Where exactly?"), list(ways), format_func=lambda way: ways[way][0], key="data_way")
    with messages.shown():
        return ways[way][1](here)
    return None


def _folder(here: Here) -> Brought | None:
    """A walk from one of the allowed folders to a file, or to a folder that is taken whole."""
    roots = sources.folders(here.store)
    if not roots:
        st.info(_("No folder of this machine is offered here. WORKBENCH_FOLDERS names those that are."))
        return None
    names = [root.name for root in roots]
    root = roots[names.index(st.selectbox(_("Folder"), names, key="data_root"))]
    walked: tuple[str, ...] = st.session_state.get("data_walked", ())
    at = root.path.joinpath(*walked) if st.session_state.get("data_walked_from") == root.name else root.path
    places = {place.name: place for place in sources.listing(here.store, at)}
    if at != root.path:
        below = at.relative_to(root.path).parts
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(_("Up"), icon=":material/arrow_upward:", key="data_up", on_click=_walk, args=(root, below[:-1]))
            st.caption(plain(" / ".join(below)), width="content")
    key = f"data_place_{at}"
    chosen = st.selectbox(
        _("Folders and files that can be read"),
        list(places),
        index=None,
        format_func=lambda name: _called(places[name]),
        key=key,
        placeholder=_("Open a folder, or choose a file"),
    )
    if chosen is not None and places[chosen].is_folder:
        _walk(root, (*at.relative_to(root.path).parts, chosen))
        st.rerun()
    whole = st.toggle(
        _("Take this folder whole"),
        key=f"data_whole_{at}",
        help=_("For images or texts in folders named by their label. Nothing in the folder is changed."),
    )
    path = at if whole else places[chosen].path if chosen else None
    return None if path is None else _brought(sources.from_folder(here.store, path))


def _walk(root: Place, parts: tuple[str, ...]) -> None:
    st.session_state["data_walked_from"], st.session_state["data_walked"] = root.name, parts
    st.session_state.pop(f"data_place_{root.path.joinpath(*parts)}", None)


def _called(place: Place) -> str:
    return f"{place.name}/" if place.is_folder else f"{place.name} · {size(place.bytes)}"


def _hub(here: Here) -> Brought | None:
    with st.form("data_hub_form", border=False):
        name = st.text_input(_("Name of the data set"), key="data_hub_name", placeholder=_("owner/name"))
        look = st.form_submit_button(_("Look it up"), icon=":material/search:")
    if look and name.strip():
        st.session_state["data_hub_found"] = None
        with st.spinner(_("Asking the Hub …")):
            st.session_state["data_hub_found"] = sources.find_on_hub(name)
    found: HubDataSet | None = st.session_state.get("data_hub_found")
    if found is None:
        return None
    sizes = {part.name: size(part.bytes) for part in found.parts}
    part = st.selectbox(
        _("Which table"),
        list(sizes),
        format_func=lambda name: f"{name} · {sizes[name]}",
        key=f"data_hub_part_{found.id}",
    )
    st.caption(_("Licence: {licence}").format(licence=plain(found.licence)))
    return _fetched(("hub", found.id, part), lambda progress: sources.from_hub(here.store, found, part, progress))


def _database(here: Here) -> Brought | None:
    with st.form("data_database_form", border=False):
        kind, secured = st.columns(2)
        dialect = kind.selectbox(
            _("Kind of database"), [*DIALECTS, *ALIASES], format_func=_TITLES.__getitem__, key="data_database_kind"
        )
        sslmode = secured.selectbox(
            _("Encryption"),
            SSL_MODES,
            key="data_database_ssl",
            help=_("verify-full also makes sure that the server is the one that it says it is."),
        )
        place, door = st.columns([3, 1])
        host = place.text_input(_("Host"), key="data_database_host", placeholder=_("db.example.org"))
        port = door.text_input(_("Port"), key="data_database_port", placeholder=_("usual"))
        name = st.text_input(_("Database"), key="data_database_name")
        who, word = st.columns(2)
        user = who.text_input(
            _("User"), key="data_database_user", help=_("One that may only read is enough, and best.")
        )
        password = word.text_input(
            _("Password"), type="password", key="data_database_word", help=_("It is used now and kept nowhere.")
        )
        look = st.form_submit_button(_("Show its tables"), icon=":material/table:")
    if look:
        st.session_state["data_database_found"] = None
        number = int(port) if port.strip().isdecimal() else 0 if port.strip() else None
        server = sources.database(dialect, host.strip(), number, name.strip(), user.strip(), password, sslmode)
        with st.spinner(_("Asking the database …")):
            st.session_state["data_database_found"] = (server, sources.tables_of(server))
    found: tuple[Server, tuple[Table, ...]] | None = st.session_state.get("data_database_found")
    if found is None:
        return None
    server, there = found
    table = st.selectbox(_("Table"), [one.title for one in there], key=f"data_database_table_{server.address}")
    rows = st.number_input(
        _("At most so many rows"), min_value=1, value=None, key="data_database_rows", placeholder=_("all of them")
    )
    return _fetched(
        ("database", server.address, table, rows),
        lambda progress: sources.from_database(here.store, server, table, rows=rows, progress=progress),
    )


def _web(here: Here) -> Brought | None:
    if not here.store.settings.web:
        st.info(
            _(
                "Fetching files from the web is switched off on this machine. Fetch the file with your browser and "
                "choose it under My own file, or start the workbench with WORKBENCH_ALLOW_WEB=1."
            )
        )
        return None
    address = st.text_input(
        _("Address of a file"), key="data_web_address", placeholder=_("https://example.org/reviews.csv")
    )
    if not address.strip():
        return None
    return _fetched(("web", address), lambda progress: sources.from_web(here.store, address, progress))


def _fetched(wanted: tuple[object, ...], fetch: Callable[[Progress], Staged]) -> Brought | None:
    """What ``fetch`` brings when the button is pressed; kept until something else is wanted."""
    kept: tuple[tuple[object, ...], Staged] | None = st.session_state.get(_FETCHED)
    if kept is not None and kept[0] == wanted and kept[1].path.exists():
        return _brought(kept[1])
    place = st.empty()
    if not place.button(_("Fetch it and look at it"), icon=":material/download:", key="data_fetch"):
        return None
    if kept is not None:
        sources.forget(st.session_state.pop(_FETCHED)[1])
    with place.container(border=True):
        bar = st.progress(0.0, _("Fetching …"))
        st.button(_("Cancel"), key="data_fetch_cancel")  # a press runs the page anew, which ends this run of it

    def tell(text: str, share: float | None) -> None:
        bar.progress(min(max(share or 0.0, 0.0), 1.0), plain(text))

    staged = fetch(tell)
    st.session_state[_FETCHED] = (wanted, staged)
    place.empty()
    return _brought(staged)


def _brought(staged: Staged) -> Brought:
    id = f"{staged.path}-{Path(staged.path).stat().st_mtime_ns}"
    return Brought(id, staged.name, staged.path, lambda: sources.forget(staged), staged.title, staged.source)
