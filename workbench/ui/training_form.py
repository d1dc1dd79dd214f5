"""The settings of a training run: a few that matter, the rest folded under Advanced; every "auto" with its reason."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError

from workbench.recipe import Training
from workbench.ui import training_advanced
from workbench.ui.i18n import _
from workbench.ui.tables import plain
from workbench.ui.training_setting import Setting, automatic


def show(present: Training, facts: Mapping[str, Any]) -> Training | None:
    """The form; answers with what it holds, or None while a value is not allowed (the page says which)."""
    chosen: dict[str, Any] = {"method": present.method}
    if "method" in facts or not facts:
        chosen["method"] = _method(present, facts)
    if "epochs" in facts or not facts:
        for key, setting in _main().items():
            chosen[key] = automatic(key, setting, getattr(present, key), facts)
        with st.expander(_("Advanced"), icon=":material/tune:", key="train_advanced"):
            chosen |= training_advanced.show(present, facts)
    else:
        st.caption(_("This model needs no settings: it tries the few that it has on your own rows."))
    try:
        return Training(**chosen)
    except ValidationError as error:
        for finding in error.errors():
            st.error(plain(finding["msg"].removeprefix("Value error, ")))
        return None


def chosen(present: Training) -> Training:
    """What the form is about to show: what was just typed, else ``present``."""
    typed: dict[str, Any] = {}
    for key in Training.model_fields:
        value = st.session_state.get(f"train_{key}", getattr(present, key))
        typed[key] = Training.model_fields[key].default if value is None else value
    try:
        return Training(**typed)
    except ValidationError:
        return present


def _method(present: Training, facts: Mapping[str, Any]) -> str:
    """How much of a pretrained model learns; the ways that its task and its kind know."""
    known = _methods()
    fact = facts.get("method")
    methods = [name for name in known if fact is None or name in fact.options] or [present.method]
    method: str = st.radio(
        _("Method"),
        methods,
        index=methods.index(present.method) if present.method in methods else 0,
        format_func=lambda name: known[name][0],
        captions=[known[name][1] for name in methods],
        key="train_method",
        help=_(
            "A small layer learns on top of the pretrained model, which then stays as it is. Training everything lets "
            "the whole model adapt to your rows; the other ways lie between."
        ),
    )
    return method


def _methods() -> dict[str, tuple[str, str]]:
    """Every method, what it is called, and what it takes and gives."""
    return {
        "full": (_("Train everything"), _("The most accurate; minutes to hours.")),
        "staged": (
            _("A small layer first, then everything"),
            _("Something useful within seconds, and then as accurate as training everything."),
        ),
        "last-blocks": (
            _("Train the last layers"),
            _("Faster and lighter on memory than everything; often nearly as accurate."),
        ),
        "lora": (
            _("Train small additions (LoRA)"),
            _("The model stays as it is; light on memory and disk, for models that hardly fit."),
        ),
        "head": (_("Train a small layer only"), _("Seconds to minutes; usually a little less accurate.")),
    }


def _main() -> dict[str, Setting]:
    return {
        "epochs": Setting(
            _("Epochs"),
            _("How many times the model sees every training row. More learns more, until it only memorises."),
            1,
            1000,
        ),
        "batch_size": Setting(
            _("Batch size (rows)"),
            _("How many rows are looked at before the model changes. Larger is steadier and needs more memory."),
            1,
            4096,
        ),
        "learning_rate": Setting(
            _("Learning rate"),
            _("How far each step changes the model. Higher learns faster, and forgets faster. Try 2e-5 to 2e-4."),
            1e-8,
            10.0,
            None,
            "%.2g",
        ),
    }
