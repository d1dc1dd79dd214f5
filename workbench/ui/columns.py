"""The project's table: its first rows, which column plays which role, and how balanced the labels are."""

import streamlit as st

from workbench import tasks
from workbench.data.profile import ColumnProfile, TableProfile
from workbench.recipe import Data
from workbench.services import datasets
from workbench.store.views import DataVersionView
from workbench.tasks.protocol import Role
from workbench.ui import charts, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain


def show(here: Here, version: DataVersionView) -> Data | None:
    """The table and its roles; answers with what was chosen, or None while two roles share a column."""
    table, profile = datasets.table(here.store, version.id), datasets.profile(here.store, version.id)
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(plain(version.name), icon=":material/table_rows:", color="violet")
        st.badge(_("{rows} rows").format(rows=number(version.rows)), color="blue")
        st.badge(_("{columns} columns").format(columns=len(version.columns)), color="gray")
        st.badge(_("Version {number}").format(number=version.number), color="gray")
        if datasets.rejects(here.store, version.id):
            st.link_button(
                _("Rows set aside"), f"/download/rejects/{version.id}", icon=":material/download:", type="tertiary"
            )
    left, right = st.columns([1.35, 1], gap="large")
    with left:
        st.header(_("First rows"), anchor=False)
        tables.show(table.head(200), _("The first rows of the table"), height=360)
    with right:
        st.header(_("Which column is which"), anchor=False)
        data = _roles(here, profile)
        if data is not None:
            _balance(here, profile, data)
    return data


def _roles(here: Here, profile: TableProfile) -> Data | None:
    task = tasks.by_name(here.recipe.task)
    suggestion = task.suits(profile)
    present = here.recipe.data
    names = [column.name for column in profile.columns]
    chosen: dict[str, str] = {}
    for role in task.roles:
        now = (present.columns if present else {}).get(role.name) or suggestion.columns.get(role.name)
        if now not in names:  # nothing suits: at least not the column of another role
            now = next((name for name in names if name not in chosen.values()), names[0])
        chosen[role.name] = st.selectbox(
            _(role.title),
            names,
            index=names.index(now),
            key=f"data_role_{role.name}",
            help=_(role.help),
        )
    st.caption(f":material/lightbulb: {plain(_(suggestion.reason))}")
    if len(set(chosen.values())) < len(chosen):
        st.warning(_("Two roles share a column; a model that reads the answer learns nothing. Choose another one."))
        return None
    source = present.source if present else ""
    return Data(source=source or "data", columns=chosen)


def _balance(here: Here, profile: TableProfile, data: Data) -> None:
    """How many rows each value of the target has, with a word of caution where it matters."""
    target = _target(here)
    column = profile.column(data.columns[target.name]) if target else None
    if target is None or column is None:
        return
    st.header(_("Balance"), anchor=False)
    if not column.counts:
        st.warning(
            _("The column “{name}” holds {distinct} different values; it does not look like labels.").format(
                name=plain(column.name), distinct=number(column.distinct)
            )
        )
        return
    top = dict(list(column.counts.items())[:8])
    charts.plot(
        charts.counts({tables.shorten(label, 28): count for label, count in top.items()}),
        _("Rows of each label"),
        "data_balance",
    )
    st.caption(_balance_sentence(column))


def _balance_sentence(column: ColumnProfile) -> str:
    counts = sorted(column.counts.values(), reverse=True)
    missing = (
        " " + _("{count} rows have no label and are left out.").format(count=number(column.missing))
        if column.missing
        else ""
    )
    if len(counts) < 2:
        return _("There is only one label; a classifier needs at least two.") + missing
    ratio = counts[0] / max(counts[-1], 1)
    if ratio > 10:
        text = _("The largest label has {ratio} times the rows of the smallest: look at macro-F1, not at accuracy.")
    elif ratio > 3:
        text = _("The labels are uneven ({ratio} to 1); the scores for each label will show whether that hurts.")
    else:
        text = _("The labels are well balanced.")
    return text.format(ratio=f"{ratio:.0f}") + missing


def _target(here: Here) -> Role | None:
    return next((role for role in tasks.by_name(here.recipe.task).roles if role.target), None)
