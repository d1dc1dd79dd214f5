"""The words on the screen: gettext over the catalogues in ``workbench/ui/locale``.

The language is the session's. ``_("…")`` takes a plain text; values are put in afterwards, by ``.format``.
"""

import gettext
from functools import cache
from pathlib import Path

import streamlit as st

LOCALE = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English"}
_KEY = "workbench_language"


def use(language: str) -> None:
    """Show this session in ``language`` from now on."""
    st.session_state[_KEY] = language if language in LANGUAGES else "en"


def _(text: str) -> str:
    """``text`` in the session's language; as it is where the catalogue does not have it."""
    return _catalogue(st.session_state.get(_KEY, "en")).gettext(text) if text else ""


def n_(one: str, many: str, count: int) -> str:
    """The form of a text that goes with ``count``; ``{count}`` in it stands for the number."""
    text = _catalogue(st.session_state.get(_KEY, "en")).ngettext(one, many, count)
    return text.format(count=number(count))


def number(value: float, digits: int = 0) -> str:
    """A number with its thousands marked."""
    return f"{value:,.{digits}f}"


def percent(fraction: float, digits: int = 1) -> str:
    """A fraction as a percentage: 0.9731 is "97.3%"."""
    return f"{100 * fraction:.{digits}f}%"


def size(count: float) -> str:
    """A number of bytes in MB or GB (10**6, 10**9)."""
    if count < 1e6:
        return f"{count / 1e3:.0f} kB"
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """Seconds, short enough for a tile: "40 s", "3:20 min", "2:05 h"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("workbench", LOCALE, languages=[language], fallback=True)
