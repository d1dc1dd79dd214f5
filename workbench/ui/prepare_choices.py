"""What a data version has to choose from: its columns by what they hold, and its labels."""

from collections.abc import Iterable
from pathlib import Path

import streamlit as st

from workbench.data.profiles.profile import ColumnProfile, TableProfile
from workbench.prepare.dates import format_of
from workbench.prepare.table_functions import number
from workbench.recipe import Recipe
from workbench.services import datasets
from workbench.services.workbench import Store
from workbench.tasks import by_name
from workbench.tasks.protocol import Role
from workbench.ui.forms import Choices


def read(store: Store, recipe: Recipe, version_id: str) -> Choices:
    """The choices of the steps' forms, for the roles that the recipe gives to columns."""
    profile = datasets.profile(store, version_id)
    roles = dict(recipe.data.columns) if recipe.data else {}
    kinds = {role.name: role for role in by_name(recipe.task).roles}
    played = set(roles.values())
    features = [column for column in profile.columns if column.name not in played]
    if recipe.data and recipe.data.features:
        features = [column for column in features if column.name in recipe.data.features]
    label = label_of(recipe)
    texts = [roles[name] for name, role in kinds.items() if role.kind == "text" and not role.target and name in roles]
    numbers = [column.name for column in features if _is_number(column)]
    dates = [column.name for column in features if _is_date(column)]
    rest = [column.name for column in features if column.name not in {*numbers, *dates}]
    reads_features = any(role.kind == "features" for role in kinds.values())
    return Choices(
        columns={
            "numbers": numbers,
            "dates": dates,
            "categories": rest,
            "features": [column.name for column in features],
            "texts": [*texts, *(rest if reads_features else [])],
            "all": [column.name for column in profile.columns],
        },
        values={column.name: list(column.counts) for column in profile.columns if column.counts},
        labels=_labels(store, version_id, profile, label) if _is_class(kinds.values()) else {},
    )


def label_of(recipe: Recipe) -> str | None:
    """The column of the labels, if the task has any and the recipe names it."""
    given = recipe.data.columns if recipe.data else {}
    return next((given[role.name] for role in by_name(recipe.task).roles if role.target and role.name in given), None)


def _is_class(roles: Iterable[Role]) -> bool:
    """Are the labels classes, and no numbers?"""
    return any(role.target and role.kind == "category" for role in roles)


def _labels(store: Store, version_id: str, profile: TableProfile, label: str | None) -> dict[str, int]:
    """The rows of every label, the most frequent first."""
    column = profile.column(label) if label else None
    if column is None or label is None:
        return {}
    if column.distinct_exact and len(column.counts) == column.distinct:
        return dict(column.counts)
    return _counted(store, store.settings.home, version_id, label)


@st.cache_data(max_entries=16, show_spinner=False)
def _counted(_store: Store, home: Path, version_id: str, column: str) -> dict[str, int]:  # noqa: ARG001
    """Counted in the table itself; a version never changes."""
    counts = datasets.table(_store, version_id)[column].value_counts()
    return {str(label): int(rows) for label, rows in counts.items() if str(label).strip()}


def _is_number(column: ColumnProfile) -> bool:
    if column.kind == "number" or column.numbers is not None:
        return True
    return bool(column.examples) and all(number(example) is not None for example in (*column.counts, *column.examples))


def _is_date(column: ColumnProfile) -> bool:
    return not _is_number(column) and format_of([*column.counts, *column.examples]) is not None
