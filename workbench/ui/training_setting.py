"""A number among the settings that may be left to a rule, which then says what it chose and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from workbench.ui.i18n import _
from workbench.ui.tables import plain


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of ``training``: its label, what it does (with a consequence), its limits."""

    label: str
    help: str
    low: float
    high: float
    step: float | None = None
    form: str = "%d"


def automatic(key: str, setting: Setting, present: Any, facts: Mapping[str, Any]) -> Any:
    """A number that may be left empty: then a rule chooses it, and the line below says what and why."""
    fact = facts.get(key)
    whole = setting.form == "%d"
    value = st.number_input(
        setting.label,
        min_value=int(setting.low) if whole else setting.low,
        max_value=int(setting.high) if whole else setting.high,
        value=None if present == "auto" else present,
        step=1 if whole else setting.step,
        format=setting.form,
        placeholder=_("Automatic: {value}").format(value=_shown(fact.value)) if fact else _("Automatic"),
        key=f"train_{key}",
        help=setting.help,
    )
    if value is None and fact:
        st.caption(plain(_(fact.reason)))
    return "auto" if value is None else value


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)
