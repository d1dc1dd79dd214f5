"""The project's table: its first rows, which column plays which role, and how balanced the labels are."""

import pandas as pd
import streamlit as st

from workbench.data.profiles.personal_data import hide_personal_data
from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.recipe import Data, Recipe
from workbench.services import datasets, recipes
from workbench.store.views import DataVersionView
from workbench.tasks.protocol import Suggestion, Task
from workbench.tasks.resolve import FEATURES
from workbench.ui import charts, column_profiles, gallery, tables
from workbench.ui.frame import Here
from workbench.ui.i18n import _, n_, number
from workbench.ui.tables import plain

_SHOWN = 200
_LOOKED_AT = 20_000  # rows among which images of every class are looked for


def show(here: Here, version: DataVersionView) -> Recipe | None:
    """The table, what is to be learned from it, and its roles; answers with the recipe that was chosen, or None while
    two roles share a column."""
    table = datasets.table(here.store, version.id, _LOOKED_AT)
    profile = datasets.profile(here.store, version.id)
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
        has_images = datasets.images(here.store, version.id) is not None
        first = table.head(_SHOWN)
        if has_images:
            first = first.assign(image=[gallery.address(version.id, cell) for cell in first["image"]])
        pictures = ["image"] if has_images else []
        texts = [one.name for one in profile.columns if one.kind == "text" and one.name not in pictures]
        first = _masked(first, texts)
        tables.show(first, _("The first rows of the table"), height=360, pictures=pictures)
        if has_images and "label" in table:
            st.header(_("Images"), anchor=False)
            labels = profile.column("label")
            gallery.by_class(here.store, version.id, table, "label", labels.counts if labels else None)
        column_profiles.show(profile)
    with right:
        st.header(_("What is to be learned"), anchor=False)
        task, suggestion = _task(here, version)
        data = _roles(here, task, suggestion, profile)
        if data is None:
            return None
        _balance(task, profile, data)
    return recipes.for_task(here.recipe, task.name, data)


def _masked(rows: pd.DataFrame, texts: list[str]) -> pd.DataFrame:
    """The rows without personal data in their texts, unless somebody asks to see them (case 83)."""
    hidden = rows.assign(**{name: list(map(hide_personal_data, rows[name].tolist())) for name in texts})
    if hidden.equals(rows):
        return rows
    help_text = _("E-mail addresses, telephone numbers and the like are masked here; the data stay as they are.")
    return rows if st.toggle(_("Show personal data"), key="data_personal", help=help_text) else hidden


def _task(here: Here, version: DataVersionView) -> tuple[Task, Suggestion]:
    """The task that was chosen, the best fit first, with how well the table suits it."""
    fits = {task.name: (task, suggestion) for task, suggestion in recipes.fits(here.store, version.id)}
    chosen = st.selectbox(
        _("Task"),
        list(fits),
        index=list(fits).index(here.recipe.task),
        format_func=lambda name: _(fits[name][0].title),
        key="data_task",
        help=_("What the model will do with a row. The first one fits this table best."),
    )
    task, suggestion = fits[chosen]
    st.caption(plain(_(task.summary)))
    return task, suggestion


def _roles(here: Here, task: Task, suggestion: Suggestion, profile: TableProfile) -> Data | None:
    """A choice of a column for every role of the task."""
    given = here.recipe.data if here.recipe.data and here.recipe.task == task.name else None
    names = [column.name for column in profile.columns]
    chosen: dict[str, str] = {}
    for role in task.roles:
        if role.kind == FEATURES:
            continue
        now = (given.columns if given else {}).get(role.name) or suggestion.columns.get(role.name)
        if now not in names and not role.optional:  # nothing suits: at least not the column of another role
            now = next((name for name in names if name not in chosen.values()), names[0])
        column = st.selectbox(
            _(role.title),
            names,
            index=names.index(now) if now in names else None,
            key=f"data_role_{task.name}_{role.name}",
            help=_(role.help),
            placeholder=_("None"),
        )
        if column is not None:
            chosen[role.name] = column
    features = _features(task, given, [name for name in names if name not in chosen.values()])
    st.caption(f":material/lightbulb: {plain(_(suggestion.reason))}")
    if len(set(chosen.values())) < len(chosen):
        st.warning(_("Two roles share a column; a model that reads the answer learns nothing. Choose another one."))
        return None
    source = here.recipe.data.source if here.recipe.data else ""
    return Data(source=source or "data", columns=chosen, features=features)


def _features(task: Task, given: Data | None, rest: list[str]) -> tuple[str, ...] | None:
    """The columns that the model reads under their own names; None for every column without another role."""
    role = next((role for role in task.roles if role.kind == FEATURES), None)
    if role is None:
        return None
    before = given.features if given and given.features else rest
    chosen = st.multiselect(
        _(role.title),
        rest,
        [name for name in before if name in rest],
        key=f"data_role_{task.name}_{role.name}",
        help=_(role.help),
        placeholder=_("Every other column"),
    )
    return None if not chosen or len(chosen) == len(rest) else tuple(chosen)


def _balance(task: Task, profile: TableProfile, data: Data) -> None:
    """How many rows each value of the target has, with a word of caution where it matters."""
    learned = [role for role in task.roles if role.target and role.kind == "category" and not role.optional]
    target = next(iter(learned), None)
    column = profile.column(data.columns.get(target.name, "")) if target else None
    if column is None:
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
        charts.counts(
            {tables.shorten(label, 28): count for label, count in top.items()}, profile.rows - column.missing
        ),
        _("Rows of each label"),
        "data_balance",
    )
    more = column.distinct - len(top)
    if more > 0:
        st.caption(n_("{count} more label is not shown.", "{count} more labels are not shown.", more))
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
