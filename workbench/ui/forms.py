"""Settings as widgets: the fields of a pydantic model become toggles, sliders, numbers and choices.

A field's ``title`` is the label, its ``description`` the help (with a meaning and a consequence), its limits are the
widget's limits. ``json_schema_extra`` may add a ``unit``, ask for ``lines`` of text, or ``choose`` among a table's
columns of a kind or its labels (``Choices``), say what choosing ``none`` means, or put ``words`` in place of stored
options. One description serves the page and the recipe's check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from workbench.prepare.filter_rows import Condition
from workbench.ui import prepare_conditions, prepare_labels
from workbench.ui.i18n import _
from workbench.ui.tables import plain

_WIDEST = 1000  # a slider over a wider range cannot be set exactly


@dataclass(frozen=True, slots=True)
class Choices:
    """What a table has to choose from: columns by what they hold ("numbers", "categories", "dates", "features",
    "texts" or "all"), the most frequent ``values`` of columns with few, and the labels with their numbers of rows."""

    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)

    def of(self, kind: str) -> Sequence[str]:
        """The columns of a kind, or the labels."""
        return list(self.labels) if kind == "labels" else self.columns.get(kind, ())


def settings(
    model: type[BaseModel], values: Mapping[str, Any], key: str, choices: Choices | None = None
) -> dict[str, Any]:
    """Widgets for every field of ``model`` but its step name, set to ``values``; answers with what they show."""
    chosen: dict[str, Any] = {}
    for name, known in model.model_fields.items():
        if name != "step":
            present = values.get(name, known.get_default(call_default_factory=True))
            chosen[name] = widget(name, known, present, f"{key}_{name}", choices or Choices())
    return chosen


def widget(name: str, field: FieldInfo, value: Any, key: str, choices: Choices) -> Any:
    """One field's widget, by the kind of its values."""
    label = _label(name, field)
    help_text = _(field.description) if field.description else None
    options = _options(field.annotation)
    words = _extra(field).get("words", {})
    if options:
        return st.selectbox(
            label,
            options,
            index=options.index(value) if value in options else 0,
            key=key,
            help=help_text,
            format_func=lambda option: _(str(words.get(option, option))),
        )
    if get_origin(field.annotation) is tuple:
        return _several(label, field, value, key, help_text, choices)
    if get_origin(field.annotation) is dict:
        return prepare_labels.rename(label, value, key, help_text, choices.labels)
    kinds = _kinds(field.annotation)
    if bool in kinds:
        return st.toggle(label, value=bool(value), key=key, help=help_text)
    if float in kinds or int in kinds:
        return _number(label, float if float in kinds else int, field, value, key, help_text)
    if str in kinds and _extra(field).get("lines"):
        return st.text_area(label, value=str(value), key=key, help=help_text)
    if str in kinds:
        return st.text_input(label, value=str(value), key=key, help=help_text)
    raise TypeError(f"no widget is known for the field {name!r} of type {field.annotation!r}")


def _several(
    label: str, field: FieldInfo, value: Any, key: str, help_text: str | None, choices: Choices
) -> tuple[Any, ...]:
    """Any number of columns, labels or given words; or conditions."""
    kind = get_args(field.annotation)[0]
    if kind is Condition:
        return prepare_conditions.build(label, value, key, help_text, choices.of("all"), choices.values)
    words = _options(kind)
    offered = words or [*choices.of(str(_extra(field).get("choose"))), *value]
    return tuple(
        st.multiselect(
            label,
            list(dict.fromkeys(offered)),
            list(value),
            key=key,
            help=help_text,
            format_func=(lambda word: _(str(word))) if words else plain,
            placeholder=_(str(_extra(field).get("none", "None chosen"))),
        )
    )


def _number(label: str, kind: type, field: FieldInfo, value: Any, key: str, help_text: str | None) -> Any:
    low, high = _limits(field)
    if low is not None and high is not None and high - low <= _WIDEST:
        step = 1 if kind is int else _step(low, high)
        return st.slider(
            label, kind(low), kind(high), kind(min(max(value, low), high)), step=step, key=key, help=help_text
        )
    return st.number_input(
        label,
        min_value=None if low is None else kind(low),
        max_value=None if high is None else kind(high),
        value=kind(value),
        step=1 if kind is int else None,
        format=None if kind is int else "%g",
        key=key,
        help=help_text,
    )


def _step(low: float, high: float) -> float:
    """A slider's step: a hundredth of a range of about one, and so on."""
    return 0.01 if high - low <= 1 else 0.1 if high - low <= 10 else 1.0


def _label(name: str, field: FieldInfo) -> str:
    unit = _extra(field).get("unit")
    title = _(field.title or name.replace("_", " ").capitalize())
    return f"{title} ({_(str(unit))})" if unit else title


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _options(annotation: Any) -> list[Any]:
    """The values of a field that is a choice among given words."""
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return []


def _kinds(annotation: Any) -> set[Any]:
    """The type of a field, or the several that it may have."""
    several = get_origin(annotation) in (Union, UnionType)
    return set(get_args(annotation)) - {NoneType} if several else {annotation}


def _limits(field: FieldInfo) -> tuple[float | None, float | None]:
    low = high = None
    for rule in field.metadata:
        if isinstance(rule, Ge | Gt):
            low = float(rule.ge if isinstance(rule, Ge) else rule.gt)  # type: ignore[arg-type]
        if isinstance(rule, Le | Lt):
            high = float(rule.le if isinstance(rule, Le) else rule.lt)  # type: ignore[arg-type]
    return low, high
