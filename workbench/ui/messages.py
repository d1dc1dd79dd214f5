"""How the workbench speaks when something is wrong, missing or done: plain words, and a next step."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.ui.i18n import _
from workbench.ui.tables import plain

_LOG = logging.getLogger("workbench.ui")


def problem(error: WorkbenchError) -> None:
    """A problem of the user's, exactly as it was written: what, where, remedy."""
    st.error(plain(error), icon=":material/error:")


@contextmanager
def shown() -> Iterator[None]:
    """Show a WorkbenchError of the block in its place; whatever follows the block still runs."""
    try:
        yield
    except WorkbenchError as error:
        problem(error)


def on_script_error(error: Exception) -> bool:
    """What st.App asks when a page or a callback failed: nothing like a traceback reaches the page."""
    if isinstance(error, WorkbenchError):
        problem(error)
        return True
    _LOG.log(logging.ERROR, "A page failed", exc_info=error)
    st.error(
        _(
            "The workbench itself made a mistake here ({kind}). Nothing of yours was changed. Reload the page; if it "
            "happens again, the terminal in which the workbench runs shows the details."
        ).format(kind=type(error).__name__),
        icon=":material/bug_report:",
    )
    return True


@contextmanager
def empty(icon: str, title: str, text: str) -> Iterator[None]:
    """An empty state that teaches: what will be here; the block draws the button that fills it."""
    with st.container(border=True, horizontal_alignment="center", gap="xsmall"):
        st.space("small")
        st.header(title, icon=f":material/{icon}:", anchor=False, width="content", text_alignment="center")
        st.caption(text, text_alignment="center", width="content")
        with st.container(horizontal=True, horizontal_alignment="center"):
            yield
        st.space("small")


def act(action: Callable[..., object], *arguments: object, done: str = "") -> None:
    """What a button's callback does; a problem is kept and shown on the page that follows, in place of a crash."""
    try:
        action(*arguments)
    except WorkbenchError as error:
        st.session_state.setdefault("workbench_problems", []).append(error)
    else:
        if done:
            later(done)


def later(text: str, icon: str = ":material/check_circle:") -> None:
    """Say ``text`` once the next page is there (a switch of pages would swallow a toast)."""
    st.session_state.setdefault("workbench_said", []).append((text, icon))


def say_now() -> None:
    """Say what was kept for this page: what was done, and what did not work."""
    for error in st.session_state.pop("workbench_problems", []):
        problem(error)
    for text, icon in st.session_state.pop("workbench_said", []):
        st.toast(text, icon=icon)
