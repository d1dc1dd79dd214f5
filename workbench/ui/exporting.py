"""A model is written and proven beside the page: its progress is shown, a button cancels it, every visit finds it."""

import threading
from dataclasses import dataclass, field

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.services import exports
from workbench.services.exports import Offer
from workbench.services.workbench import Store
from workbench.store.views import ModelView
from workbench.ui import frame, messages, receipts
from workbench.ui.frame import Here
from workbench.ui.i18n import _
from workbench.ui.tables import plain

_KEY = "use_exports"
_UNSEEN = 0.5  # seconds; what takes no longer shows no progress
_EVERY = 0.5


class _Cancelled(Exception):
    """Somebody pressed Cancel."""


@dataclass(slots=True)
class _Export:
    """What the thread and the page share: the page asks to stop, the thread tells how far it is and how it ended."""

    store: Store
    model_id: str
    format: str
    stop: threading.Event = field(default_factory=threading.Event)
    doing: tuple[str, float | None] = ("", None)
    problem: Exception | None = None
    thread: threading.Thread | None = None

    def run(self) -> None:
        try:
            exports.make(self.store, self.model_id, self.format, self._hear)
        except Exception as problem:
            self.problem = problem

    @property
    def runs(self) -> bool:
        return self.thread is not None and self.thread.is_alive()

    def _hear(self, doing: str, share: float | None) -> None:
        if self.stop.is_set():
            raise _Cancelled
        self.doing = (doing, share)


def take_away(here: Here, model: ModelView) -> None:
    """Choose a format, have it made and proven, read its receipt, and download it."""
    offers = exports.offers(here.store, model.id)
    can = {offer.format: offer for offer in offers if not offer.refused}
    _finish(model)
    chosen = st.radio(
        _("Format"),
        list(can),
        key="use_format",
        format_func=lambda name: _(can[name].title),
        captions=[_(offer.good_for) for offer in can.values()],
    )
    if refused := [offer for offer in offers if offer.refused]:
        _why_not(refused)
    offer = can[chosen]
    under_way = _exports().get(model.id)
    if under_way is not None:
        _watch(model.id)
    if offer.receipt is not None:
        receipts.table(here, offer.receipt)
        address = f"/download/model/{model.id}?format={offer.format}"
        frame.primary_link(_("Download the model"), address, icon="download")
    elif frame.primary(_("Export model"), "use_export", icon="deployed_code_update", disabled=under_way is not None):
        _start(here, model, offer.format)
    receipts.explorer(here, [offer for offer in can.values() if offer.receipt])


def _why_not(refused: list[Offer]) -> None:
    with st.expander(_("Formats that this model cannot have"), icon=":material/block:", key="use_refused"):
        for offer in refused:
            st.markdown(
                _("**{format}**: {reason}.").format(format=_(offer.title), reason=plain(offer.refused.rstrip(".")))
            )


def _start(here: Here, model: ModelView, format: str) -> None:
    begun = _Export(here.store, model.id, format)
    begun.thread = threading.Thread(target=begun.run, name="export", daemon=True)
    _exports()[model.id] = begun
    begun.thread.start()
    with st.spinner(_("Exporting …")):
        begun.thread.join(_UNSEEN)
    st.rerun()


def _finish(model: ModelView) -> None:
    """Say why there is no export, where one has ended without."""
    ended = _exports().get(model.id)
    if ended is None or ended.runs:
        return
    del _exports()[model.id]
    match ended.problem:
        case WorkbenchError() as problem:
            messages.problem(problem)
        case _Cancelled():
            st.info(_("The export was cancelled; nothing of it was kept."), icon=":material/cancel:")
        case problem if problem is not None:
            raise problem


@st.fragment(run_every=_EVERY)
def _watch(model_id: str) -> None:
    under_way = _exports().get(model_id)
    if under_way is None or not under_way.runs:
        st.rerun()
    with st.container(border=True, key="use_progress"):
        doing, share = under_way.doing
        st.progress(share or 0.0, _doing(doing))
        st.button(
            _("Cancel the export"),
            key="use_cancel",
            icon=":material/cancel:",
            on_click=under_way.stop.set,
            disabled=under_way.stop.is_set(),
        )


def _doing(doing: str) -> str:
    match doing:
        case "proving":
            return _("Proving it: a fresh process answers held-out rows again")
        case "copying" | "writing" | "":
            return _("Writing the model")
        case "shortening the weights":
            return _("Shortening the weights")
        case "rounding the weights to 8 bits":
            return _("Rounding the weights to 8 bits")
        case _:
            return _("Writing the network")


def _exports() -> dict[str, _Export]:
    exports_of_models: dict[str, _Export] = st.session_state.setdefault(_KEY, {})
    return exports_of_models
