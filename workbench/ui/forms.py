"""Settings as widgets: the fields of a pydantic model become toggles, sliders, numbers and choices.

A field's ``title`` is the label, its ``description`` the help (with a meaning and a consequence), its limits are the
widget's limits; ``json_schema_extra`` may add a ``unit``, or ask for ``lines`` of text. One description serves the page
and the recipe's check.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from workbench.ui.i18n import _


def settings(model: type[BaseModel], values: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Widgets for every field of ``model`` but its step name, set to ``values``; answers with what they show."""
    chosen: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name != "step":
            present = values.get(name, field.get_default(call_default_factory=True))
            chosen[name] = widget(name, field, present, f"{key}_{name}")
    return chosen


def widget(name: str, field: FieldInfo, value: Any, key: str) -> Any:
    """One field's widget, by the kind of its values."""
    label = _label(name, field)
    help_text = _(field.description) if field.description else None
    options = _options(field.annotation)
    if options:
        return st.selectbox(
            label,
            options,
            index=options.index(value) if value in options else 0,
            key=key,
            help=help_text,
            format_func=lambda option: _(str(option)),
        )
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


def _number(label: str, kind: type, field: FieldInfo, value: Any, key: str, help_text: str | None) -> Any:
    low, high = _limits(field)
    if low is not None and high is not None:
        step = (1 if kind is int else _step(low, high)) if high - low <= 1000 else None
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
