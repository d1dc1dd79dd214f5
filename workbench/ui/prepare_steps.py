"""Choosing preparation steps: grouped switches with their settings, what each did beside it, and the way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from workbench.prepare.prepared import StepReport
from workbench.prepare.step import PrepareStep
from workbench.recipe import Step
from workbench.ui import forms
from workbench.ui.forms import Choices
from workbench.ui.i18n import _, n_
from workbench.ui.tables import plain

_UNDONE = "prepare_undone"
SPLIT = "split"  # what is undone beside the steps


@dataclass(frozen=True, slots=True)
class Chosen:
    """The steps that are on, in the order in which they are applied; ``places`` is where to tell what each did."""

    steps: tuple[Step, ...]
    places: Mapping[str, DeltaGenerator]
    of_images: frozenset[str]  # the names of steps that change images
    changed: bool  # since the preparation was applied

    def tell(self, report: Sequence[StepReport]) -> None:
        """Rows dropped, values changed and columns added, right at each step."""
        for line in report:
            if line.step in self.places:
                with self.places[line.step].container(horizontal=True, gap="xsmall"):
                    _told(line, of_images=line.step in self.of_images)


def choose(offered: Sequence[type[PrepareStep]], applied: Sequence[Step], choices: Choices) -> Chosen:
    """A switch for every step that is offered, in groups; groups in which something was applied are open."""
    before = {step.step: step for step in applied}
    chosen: dict[str, Step] = {}
    places: dict[str, DeltaGenerator] = {}
    changed = False
    for group, (title, icon) in _groups().items():
        kinds = [kind for kind in offered if kind.group == group]
        if not kinds:
            continue
        on = sum(bool(st.session_state.get(key_of(_name(kind)), _name(kind) in before)) for kind in kinds)
        opened = any(_name(kind) in before for kind in kinds)
        heading = f"{title} · {n_('{count} on', '{count} on', on)}" if on else title
        with st.expander(heading, expanded=opened, icon=f":material/{icon}:", key=f"prepare_group_{icon}"):
            for kind in kinds:
                given = before.get(_name(kind))
                with st.container(gap="xsmall"):
                    step = _switch(kind, given, _renamed(choices, chosen), places)
                    if not _same(kind, step, given):
                        changed = True
                        undo_button(key_of(_name(kind)), [_name(kind)])
                if step is not None:
                    chosen[step.step] = step
    names = [_name(kind) for kind in offered]
    steps = tuple(sorted(chosen.values(), key=lambda step: names.index(step.step)))
    return Chosen(steps, places, frozenset(_name(kind) for kind in offered if kind.needs == "image"), changed)


def key_of(name: str) -> str:
    """The session's key of a step's switch; another one after each undo, so that its widgets begin anew."""
    undone = st.session_state.get(_UNDONE, {}).get(name, 0)
    return f"prepare_{name}_{undone}" if undone else f"prepare_{name}"


def undo(names: Sequence[str]) -> None:
    """Show steps, or the split, as they were applied."""
    counts = st.session_state.get(_UNDONE, {})
    st.session_state[_UNDONE] = {**counts, **{name: counts.get(name, 0) + 1 for name in names}}


def undo_button(key: str, names: Sequence[str]) -> None:
    """Takes back what was changed since the preparation was applied."""
    st.button(
        _("Undo"),
        key=f"{key}_undo",
        icon=":material/undo:",
        type="tertiary",
        on_click=undo,
        args=(names,),
        help=_("Back to what was applied last."),
    )


def undo_all(offered: Sequence[type[PrepareStep]]) -> None:
    """One button for everything on the page."""
    names = [*map(_name, offered), SPLIT]
    st.button(
        _("Undo all changes"), key="prepare_undo_all", icon=":material/undo:", on_click=undo, args=(names,), wrap=False
    )


def _switch(
    kind: type[PrepareStep], applied: Step | None, choices: Choices, places: dict[str, DeltaGenerator]
) -> Step | None:
    """One step: its switch, what it is for, and when it is on its settings and the place for what it did."""
    name = _name(kind)
    key = key_of(name)
    title = f":material/{kind.icon}: **{_(kind.title)}**"
    on = st.toggle(title, value=applied is not None, key=key, wrap=True)
    st.caption(plain(_(kind.summary)))
    if not on:
        return None
    places[name] = st.empty()
    values = applied.model_dump() if applied else {}
    return Step(step=name, **forms.settings(kind, values, key, choices))


def _told(line: StepReport, *, of_images: bool) -> None:
    dropped = line.rows_before - line.rows_after
    if dropped:
        st.badge(n_("{count} row goes", "{count} rows go", dropped), icon=":material/remove:", color="orange")
        st.badge(n_("{count} row stays", "{count} rows stay", line.rows_after), color="gray")
    if line.cells_changed and of_images:
        st.badge(n_("{count} image is made anew", "{count} images are made anew", line.cells_changed), color="green")
    elif line.cells_changed:
        changed = n_("{count} value changes", "{count} values change", line.cells_changed)
        st.badge(changed, icon=":material/edit:", color="green")
    if line.columns_added:
        added = n_("{count} new column", "{count} new columns", line.columns_added)
        st.badge(added, icon=":material/add:", color="blue")
    if not (dropped or line.cells_changed or line.columns_added):
        st.badge(_("Changes nothing here"), color="gray")


def _renamed(choices: Choices, chosen: Mapping[str, Step]) -> Choices:
    """The labels as they are called after the step that renames them."""
    step = chosen.get("merge-labels")
    names: Mapping[str, str] = step.model_dump().get("labels", {}) if step else {}
    labels: dict[str, int] = {}
    for label, rows in choices.labels.items():
        labels[names.get(label, label)] = labels.get(names.get(label, label), 0) + rows
    return replace(choices, labels=labels)


def _same(kind: type[PrepareStep], step: Step | None, applied: Step | None) -> bool:
    """Do both mean the same? A setting that is not complete is a change."""
    if step is None or applied is None:
        return step is applied
    try:
        typed, before = (kind.model_validate(one.model_dump()) for one in (step, applied))
    except ValidationError:
        return False
    return typed == before


def _name(kind: type[PrepareStep]) -> str:
    return str(kind.model_fields["step"].default)


def _groups() -> dict[str, tuple[str, str]]:
    """Heading and icon of each group, in the order of the page."""
    return {
        "rows": (_("Rows"), "table_rows"),
        "text": (_("Text"), "notes"),
        "labels": (_("Labels"), "label"),
        "missing values": (_("Missing values"), "check_box_outline_blank"),
        "numbers": (_("Numbers"), "123"),
        "categories": (_("Categories"), "category"),
        "dates": (_("Dates"), "calendar_month"),
        "personal data": (_("Personal data"), "shield_person"),
        "images": (_("Images"), "image"),
        "columns": (_("Columns"), "view_column"),
    }
