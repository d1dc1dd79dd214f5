"""The pages of the workbench: their addresses, titles and icons, and links that keep project and run."""

from typing import NoReturn

import streamlit as st

from workbench.settings import ROOT
from workbench.ui.i18n import _

ICONS = {
    "home": "home",
    "data": "table_rows",
    "prepare": "cleaning_services",
    "augment": "auto_awesome",
    "model": "neurology",
    "train": "model_training",
    "evaluate": "query_stats",
    "use": "deployed_code",
    "runs": "history",
    "settings": "settings",
}
NUMBERED = ("data", "prepare", "augment", "model", "train", "evaluate", "use")


def titles() -> dict[str, str]:
    """Every page's title in the session's language, by its address."""
    return {
        "home": _("Home"),
        "data": _("1 Data"),
        "prepare": _("2 Prepare"),
        "augment": _("3 Augment"),
        "model": _("4 Model"),
        "train": _("5 Train"),
        "evaluate": _("6 Evaluate"),
        "use": _("7 Use"),
        "runs": _("Runs"),
        "settings": _("Settings"),
    }


def pages() -> list[st.Page]:
    """All pages; the numbered ones are reached by the stepper and stay out of the menu."""
    return [page(name) for name in ICONS]


def page(name: str) -> st.Page:
    return st.Page(
        ROOT / "pages" / f"{name}.py",
        title=titles()[name],
        icon=f":material/{ICONS[name]}:",
        url_path="" if name == "home" else name,
        default=name == "home",
        visibility="hidden" if name in NUMBERED else "visible",
    )


def address(project_id: str | None, run_id: str | None = None) -> dict[str, str]:
    """The part of an address that names project and run."""
    given = {"project": project_id, "run": run_id}
    return {key: value for key, value in given.items() if value}


def go(name: str, project_id: str | None = None, run_id: str | None = None) -> NoReturn:
    """Leave for another page."""
    st.switch_page(page(name), query_params=address(project_id, run_id))


def link(name: str, label: str, project_id: str | None = None, run_id: str | None = None, *, icon: str = "") -> None:
    """A link to another page, as a real address that can be opened in a new tab."""
    st.page_link(
        page(name),
        label=label,
        icon=f":material/{icon or ICONS[name]}:",
        query_params=address(project_id, run_id),
    )
