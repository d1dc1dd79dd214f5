"""An import runs beside the page: its progress is shown, a button cancels it, and every visit finds it again."""

import threading
from dataclasses import dataclass, field

import streamlit as st

from workbench.data.progress import Progress
from workbench.errors import WorkbenchError
from workbench.services import opening
from workbench.store.views import DataVersionView
from workbench.ui import frame, messages
from workbench.ui.frame import Here
from workbench.ui.i18n import _, duration, number
from workbench.ui.sources import Source
from workbench.ui.tables import plain

_KEY = "workbench_imports"
_UNSEEN = 1.0  # seconds; what takes no longer shows no progress
_EVERY = 0.5


class _Cancelled(Exception):
    """Somebody pressed Cancel."""


@dataclass(slots=True)
class _Import:
    """What the thread and the page share: the page asks to stop, the thread tells how far it is and how it ended."""

    source: Source
    stop: threading.Event = field(default_factory=threading.Event)
    progress: Progress = field(default_factory=lambda: Progress(0.0, 0, None))
    version: DataVersionView | None = None
    problem: Exception | None = None
    thread: threading.Thread | None = None

    def run(self) -> None:
        try:
            self.version = self.source.bring(self._hear)
        except Exception as problem:
            self.problem = problem

    @property
    def runs(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def _hear(self, progress: Progress) -> None:
        if self.stop.is_set():
            raise _Cancelled
        self.progress = progress


def start(here: Here, source: Source) -> None:
    """Import beside the page, which is shown again: with the data if they are here within a second."""
    begun = _Import(source)
    begun.thread = threading.Thread(target=begun.run, name="import", daemon=True)
    _imports()[here.project.id] = begun
    begun.thread.start()
    with st.spinner(_("Importing …")):
        begun.thread.join(_UNSEEN)
    st.rerun()


def finish(here: Here) -> None:
    """Use the data of an import that has ended, or say why there are none."""
    ended = _imports().get(here.project.id)
    if ended is None or ended.runs:
        return
    del _imports()[here.project.id]
    match ended.problem:
        case None if ended.version is not None:
            ended.source.forget()
            with frame.saving(here):
                opening.use_data(here.store, here.draft, ended.version)
                frame.begin_anew("data")
        case WorkbenchError() as problem:
            messages.problem(problem)
        case _Cancelled():
            st.info(_("The import was cancelled; nothing of it was kept."), icon=":material/cancel:")
        case problem if problem is not None:
            raise problem


def runs(here: Here) -> bool:
    """Is an import into this project under way?"""
    return here.project.id in _imports()


def show(here: Here) -> None:
    """How far the import is, with a way to cancel it."""
    _watch(here.project.id)


@st.fragment(run_every=_EVERY)
def _watch(project_id: str) -> None:
    under_way = _imports().get(project_id)
    if under_way is None or not under_way.runs:
        st.rerun()
    progress = under_way.progress
    with st.container(border=True, key="data_progress"):
        st.progress(min(max(progress.done, 0.0), 1.0), _said(under_way.source.name, progress))
        st.button(
            _("Cancel the import"),
            key="data_cancel",
            icon=":material/cancel:",
            on_click=under_way.stop.set,
            disabled=under_way.stop.is_set(),
        )


def _said(name: str, progress: Progress) -> str:
    parts = [_("Importing {name}").format(name=plain(name))]
    if progress.rows:
        parts.append(_("{rows} rows").format(rows=number(progress.rows)))
    if progress.seconds_left is not None:
        parts.append(_("{time} left").format(time=duration(progress.seconds_left)))
    return " · ".join(parts)


def _imports() -> dict[str, _Import]:
    imports: dict[str, _Import] = st.session_state.setdefault(_KEY, {})
    return imports
