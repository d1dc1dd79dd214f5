"""What can be set of a network that begins without weights, beside the picture of its layers."""

from typing import Any

import streamlit as st

from workbench.models import scratch
from workbench.recipe import Model
from workbench.ui import forms, prepare_choices
from workbench.ui.frame import Here
from workbench.ui.i18n import _


def form(here: Here, model_id: str) -> dict[str, Any] | None:
    """A widget for every setting of the model, with what the recipe says; None where it has no settings."""
    known = scratch.by_id(model_id)
    if known is None or known.settings is None:
        return None
    given = here.recipe.model.settings if here.recipe.model and here.recipe.model.id == model_id else None
    usual, present = known.settings(), known.settings.model_validate(given or {}).model_dump()
    version_id = here.draft.data_version_id
    choices = prepare_choices.read(here.store, here.recipe, version_id) if version_id else forms.Choices()
    with st.container(border=True, key="model_settings"):
        st.header(_("Settings of this network"), anchor=False)
        shown = forms.settings(known.settings, present, f"model_{model_id}", choices)
    return {name: value for name, value in shown.items() if value != getattr(usual, name)} or None


def said(model: Model | None) -> str:
    """What a recipe sets of its model, in the words of the form; nothing where all is as usual."""
    known = scratch.by_id(model.id) if model else None
    if model is None or known is None or known.settings is None:
        return ""
    fields = known.settings.model_fields
    parts = []
    for name, value in (model.settings or {}).items():
        words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        parts.append(f"{_(fields[name].title or name)}: {words}")
    return " · ".join(parts)
