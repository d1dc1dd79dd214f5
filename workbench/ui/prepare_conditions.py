"""Conditions on rows, built by clicking: a column, a test and a value each."""

from collections.abc import Mapping, Sequence
from typing import get_args

import streamlit as st

from workbench.prepare.filter_rows import TESTS, Condition
from workbench.prepare.table_functions import number
from workbench.ui.i18n import _

_TESTS = get_args(TESTS)
_NO_VALUE = ("is empty", "is not empty")
_NUMBER = ("is at least", "is at most", "has at least so many characters", "has at most so many characters")


def build(
    title: str,
    present: Sequence[Condition | Mapping[str, str]],
    key: str,
    help_text: str | None,
    columns: Sequence[str],
    values: Mapping[str, Sequence[str]],
) -> tuple[dict[str, str], ...]:
    """The conditions that say all they need; ``values`` are offered for columns that hold few different ones."""
    given = [Condition.model_validate(condition) for condition in present]
    places = st.session_state.setdefault(f"{key}_places", list(range(len(given))))
    st.markdown(f":small[{title}]", help=help_text)
    built = []
    for place in places:
        now = given[place] if place < len(given) else None
        condition = _one(now, f"{key}_{place}", columns, values, places)
        if condition is not None:
            built.append(condition)
    st.button(
        _("Add a condition"),
        key=f"{key}_add",
        icon=":material/add:",
        type="tertiary",
        on_click=_add,
        args=(f"{key}_places", len(given)),
    )
    return tuple(built)


def _one(
    now: Condition | None, key: str, columns: Sequence[str], values: Mapping[str, Sequence[str]], places: list[int]
) -> dict[str, str] | None:
    """One line; None as long as its value is missing."""
    names = list(dict.fromkeys([*columns, *([now.column] if now else [])]))
    if not names:
        st.caption(_("The table has no columns to ask."))
        return None
    place = int(key.rpartition("_")[2])
    with st.container(border=True, gap="xsmall", key=f"{key}_line"):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            column = st.selectbox(
                _("Column"), names, names.index(now.column) if now else 0, key=f"{key}_column", width="stretch"
            )
            st.button(
                _("Remove"),
                key=f"{key}_remove",
                icon=":material/close:",
                type="tertiary",
                on_click=places.remove,
                args=(place,),
            )
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            test = st.selectbox(
                _("Test"),
                _TESTS,
                _TESTS.index(now.test) if now else 0,
                key=f"{key}_test",
                format_func=lambda option: _(str(option)),
            )
            value = _value(test, now.value if now else "", key, values.get(str(column), ()))
    if test not in _NO_VALUE and not value:
        st.caption(_("This condition counts once it has a value."))
        return None
    return {"column": str(column), "test": str(test), "value": value}


def _value(test: str, now: str, key: str, known: Sequence[str]) -> str:
    """What cells are compared with: a number, one of the known values, or any words."""
    if test in _NO_VALUE:
        return ""
    if test in _NUMBER:
        written = st.number_input(_("Value"), value=number(now), key=f"{key}_number", format="%g", placeholder="…")
        return "" if written is None else f"{written:.12g}"
    if known and test in ("is", "is not"):
        options = list(dict.fromkeys([*known, *([now] if now else [])]))
        chosen = st.selectbox(
            _("Value"),
            options,
            options.index(now) if now else None,
            key=f"{key}_known",
            accept_new_options=True,
            placeholder=_("Choose or write"),
        )
        return chosen or ""
    return st.text_input(_("Value"), now, key=f"{key}_words")


def _add(places_key: str, given: int) -> None:
    places = st.session_state[places_key]
    places.append(max([given - 1, *places]) + 1)
