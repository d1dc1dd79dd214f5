"""The queue as people see it: what trains where, what waits, and buttons that let a run have its turn earlier."""

import streamlit as st

from workbench.services import turns
from workbench.services.turns import Place, Turn
from workbench.services.workbench import slots
from workbench.ui import messages, navigation, run_words
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain


def show(here: Here) -> None:
    """The queue of all projects, kept up to date; nothing while no run waits."""
    waiting = any(turn.place for turn in turns.queue(here.store))
    st.fragment(_show, run_every=3.0 if waiting else None)(here, waiting)


def _show(here: Here, was_waiting: bool) -> None:
    found = turns.queue(here.store)
    last = max((turn.place for turn in found), default=0)
    if bool(last) is not was_waiting:
        st.rerun()
    if not last:
        return
    titles = {slot.name: slot.title for slot in slots(here.store)}
    with st.expander(_("Queue ({count})").format(count=number(last)), icon=":material/queue:", expanded=True):
        for turn in found:
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"queue_{turn.run.id}"):
                _line(here, turn, titles)
                if turn.place:
                    _buttons(here, turn, last)
        st.caption(
            _("Every device trains one run at a time. A run for the processor does not wait for a graphics card.")
        )


def _line(here: Here, turn: Turn, titles: dict[str, str]) -> None:
    st.badge(number(turn.place) if turn.place else _("now"), color="gray" if turn.place else "blue")
    navigation.link("train", plain(turn.run.name), turn.run.project_id, turn.run.id)
    if turn.run.project_id != here.project.id:
        st.caption(plain(turn.project), width="content")
    if not turn.place:
        run_words.badge(turn.run)
    if turn.device in titles:
        st.caption(plain(titles[turn.device]), width="content")
    st.space("stretch")


def _buttons(here: Here, turn: Turn, last: int) -> None:
    def mover(place: Place, icon: str, label: str, pointless: bool) -> None:
        st.button(
            label,
            key=f"queue_{place}_{turn.run.id}",
            icon=f":material/{icon}:",
            type="tertiary",
            disabled=pointless,
            on_click=messages.act,
            args=(turns.move, here.store, turn.run.id, place),
        )

    mover("first", "vertical_align_top", _("First"), turn.place == 1)
    mover("up", "arrow_upward", _("Up"), turn.place == 1)
    mover("down", "arrow_downward", _("Down"), turn.place == last)


def place(here: Here, run_id: str) -> None:
    """Where a run stands that waits, and the button that lets it be the next."""
    found = turns.queue(here.store)
    own = next((turn for turn in found if turn.run.id == run_id and turn.place), None)
    if own is None:
        return
    last = max(turn.place for turn in found)
    before = next((turn.run.name for turn in reversed(found[: found.index(own)])), None)
    text = _("Place {place} of {count} in the queue").format(place=number(own.place), count=number(last))
    if before is not None:
        text += _(", after “{run}”").format(run=plain(before))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f":material/queue: {text}", width="content")
        if own.place > 1:
            st.button(
                _("Let it be the next"),
                key="train_first",
                type="tertiary",
                icon=":material/vertical_align_top:",
                on_click=messages.act,
                args=(turns.move, here.store, run_id, "first"),
            )
