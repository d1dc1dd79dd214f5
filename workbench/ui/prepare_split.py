"""Dividing the rows: by which method, in which shares, and what each part then holds."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pandas as pd
import streamlit as st

from workbench.data.profiles.profile import TableProfile
from workbench.prepare.prepared import Prepared
from workbench.prepare.repeats import repeated
from workbench.prepare.split_methods import names_a_part
from workbench.recipe import Recipe, Split
from workbench.services import folds
from workbench.services.workbench import Store
from workbench.tasks.resolve import resolve
from workbench.ui import prepare_choices, prepare_steps, tables
from workbench.ui.forms import Choices
from workbench.ui.i18n import _, n_, number, percent

Method = Literal["random", "group", "time", "column", "folds"]
_METHODS: tuple[Method, ...] = ("random", "group", "time", "column", "folds")
_DUPLICATES = "drop-duplicates"


def choose(recipe: Recipe, choices: Choices, profile: TableProfile) -> Split:
    """The method with its column, and the shares of the parts."""
    present, label = recipe.split, prepare_choices.label_of(recipe)
    key = prepare_steps.key_of(prepare_steps.SPLIT)
    columns = _columns(choices, profile, label)
    method = _method(present, key)
    about: dict[str, object] = {"seed": present.seed, "stratify": present.stratify}
    if method in ("group", "time", "column"):
        about |= {"method": method, "column": _column(method, present, columns, key)}
    if method == "folds":
        about |= _folds(present, columns, key)
    elif method != "column":
        about |= _shares(present, key)
    else:
        about |= {"train": present.train, "validation": present.validation, "test": present.test}
        st.caption(
            _(
                "Its cells must say train, validation or test, also as dev or holdout. Where none says validation, it "
                "is taken from training."
            )
        )
    if choices.labels and method not in ("time", "column"):
        about["stratify"] = st.toggle(
            _("Same share of every label in each part"),
            present.stratify,
            key=_within(key, "stratify"),
            help=_("Without it a rare label may be missing from the test rows by chance."),
        )
    chosen = Split.model_validate(about)
    if chosen != present:
        prepare_steps.undo_button("prepare_split", [prepare_steps.SPLIT])
    return chosen


def result(store: Store, recipe: Recipe, version_id: str, prepared: Prepared) -> None:
    """Rows and labels of each part, and whether a row that judges was also taught."""
    split, roles = prepared.split, resolve(recipe).roles
    parts = {_("Training"): split.train, _("Validation"): split.validation, _("Test"): split.test}
    total = sum(map(len, parts.values()))
    with st.grid(3, min_column_width=110, gap="small"):
        for title, rows in parts.items():
            share = percent(len(rows) / max(total, 1), 0)
            st.metric(title, number(len(rows)), share, delta_color="off", delta_arrow="off", border=True)
    _leak(repeated(split, [name for name in split.train.columns if name != roles.target]))
    if roles.target and prepared.class_counts:
        counts = {title: rows[roles.target].value_counts() for title, rows in parts.items()}
        by_label = pd.DataFrame(counts).fillna(0).astype(int).reindex(list(prepared.class_counts))
        tables.show(by_label.reset_index(names=_("Label")), _("Rows of each label in every part"))
    if recipe.split.folds:
        _every_fold(store, recipe, version_id, list(prepared.class_counts))


def _method(present: Split, key: str) -> Method:
    titles = {
        "random": _("At random"),
        "group": _("By group"),
        "time": _("By time"),
        "column": _("A column says so"),
        "folds": _("Folds"),
    }
    helps = {
        "random": _("Every row is drawn by lot."),
        "group": _("Rows of one person, patient or document stay together, so that the test rows are truly new."),
        "time": _("Trains on the oldest rows and tests on the newest: for forecasts, and data that drift."),
        "column": _("For data that come divided, as benchmarks do."),
        "folds": _("Cuts the rows into equal parts, each of which is the test once: steadier scores from few rows."),
    }
    now: Method = "folds" if present.folds else present.method
    method: Method = st.selectbox(
        _("Divide the rows"),
        _METHODS,
        _METHODS.index(now),
        format_func=lambda name: titles[name],
        key=_within(key, "method"),
        help=_("How rows are chosen for training, for validation and for test."),
    )
    st.caption(helps[method])
    return method


def _columns(choices: Choices, profile: TableProfile, label: str | None) -> dict[str, list[str]]:
    """For each method every column but the label, those that suit it first."""
    columns = [column for column in profile.columns if column.name != label]
    suiting = {
        "time": [*choices.of("dates"), *choices.of("numbers")],
        "column": [column.name for column in columns if column.counts and all(map(names_a_part, column.counts))],
        "group": [column.name for column in columns if column.kind != "text" and 2 < column.distinct < profile.rows],
    }
    every = [column.name for column in columns]
    return {method: list(dict.fromkeys([*names, *every])) for method, names in suiting.items()}


def _column(method: str, present: Split, columns: Mapping[str, Sequence[str]], key: str) -> str | None:
    """The column that groups, dates or names the parts."""
    names = columns[method]
    at = names.index(present.column) if present.column in names and present.method == method else 0
    title = {"time": _("Column of the time"), "column": _("Column of the parts"), "group": _("Column of the groups")}
    chosen: str | None = st.selectbox(
        title[method],
        names,
        at,
        key=_within(key, f"column_{method}"),
        help=_("Any column of the table but the label; those that look suitable come first."),
    )
    return chosen


def _shares(present: Split, key: str) -> dict[str, float]:
    """The three shares, of which the third follows from the other two."""
    train = st.slider(
        _("Training"),
        50,
        95,
        min(max(50, round(100 * present.train)), 95),
        format="%d %%",
        key=_within(key, "train"),
        help=_("The rows that the model learns from. More rows teach more; 80 % is a good start."),
    )
    validation = _validation(present, 100 - train, key)
    test = 100 - train - validation
    st.caption(
        _("Test: {share}, kept aside until the end to judge the model on rows it never saw.").format(
            share=percent(test / 100, 0)
        )
    )
    return {"train": train / 100, "validation": validation / 100, "test": test / 100}


def _validation(present: Split, rest: int, key: str) -> int:
    return st.slider(
        _("Validation"),
        1,
        rest - 1,
        min(max(1, round(100 * present.validation)), rest - 1),
        format="%d %%",
        key=_within(key, "validation"),
        help=_("Rows that show during training whether the model still improves. The best moment is kept."),
    )


def _folds(present: Split, columns: Mapping[str, Sequence[str]], key: str) -> dict[str, object]:
    """How many folds, whether each of them is the test once or one alone, and what keeps rows together."""
    count = st.slider(
        _("Folds"),
        2,
        20,
        present.folds or 5,
        key=_within(key, "folds"),
        help=_("Five is usual. More folds train on more rows each, and take as many runs."),
    )
    each = _("Each in turn: {count} runs").format(count=number(count))
    fold = st.selectbox(
        _("Fold that is the test"),
        (None, *range(count)),
        0 if present.fold is None else 1 + min(present.fold, count - 1),
        format_func=lambda place: each if place is None else number(place + 1),
        key=_within(key, f"fold_of_{count}"),
        help=_("Each in turn trains as many models; the mean of their scores is steadier than any of them."),
    )
    about: dict[str, object] = {"folds": count, "fold": fold}
    if st.toggle(
        _("Keep groups together"),
        present.method == "group",
        key=_within(key, "grouped"),
        help=_("Rows with the same cell in a column are never in two folds."),
    ):
        about |= {"method": "group", "column": _column("group", present, columns, key)}
    validation = _validation(present, 100 - round(100 / count), key) / 100
    return about | {"test": 1 / count, "validation": validation, "train": 1 - 1 / count - validation}


def _leak(count: int) -> None:
    """Says whether rows that judge were also taught, and offers the step that helps."""
    if not count:
        st.caption(_(":material/verified: No row of validation or test is also in training."))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.warning(
            n_(
                "{count} row of validation or test is also in training: the scores will look better than they are.",
                "{count} rows of validation or test are also in training: the scores will look better than they are.",
                count,
            ),
            icon=":material/content_copy:",
        )
        st.button(_("Drop duplicates"), key="prepare_leak", icon=":material/content_copy:", on_click=_drop_duplicates)


def _drop_duplicates() -> None:
    key = prepare_steps.key_of(_DUPLICATES)
    st.session_state.update({key: True, f"{key}_by": "text"})


def _every_fold(store: Store, recipe: Recipe, version_id: str, labels: Sequence[str]) -> None:
    counts = folds.rows_tested(store, recipe, version_id)
    lines = [
        {_("Fold"): fold + 1, _("Test rows"): sum(of_fold.values())}
        | {label: of_fold.get(label, 0) for label in labels[:20]}
        for fold, of_fold in enumerate(counts)
    ]
    st.markdown(f"**{_('Test rows of every fold')}**")
    tables.show(pd.DataFrame(lines), _("Test rows of each label in every fold"))


def _within(key: str, name: str) -> str:
    """The key of a widget of the split: "prepare_train", and another one after each undo."""
    return key.replace(prepare_steps.SPLIT, name, 1)
