"""The settings of a training run: a few that matter, the rest folded under Advanced; every "auto" with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
from pydantic import ValidationError

from workbench.recipe import Training
from workbench.ui.i18n import _
from workbench.ui.tables import plain


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of ``training``: its label, what it does (with a consequence), its limits."""

    label: str
    help: str
    low: float
    high: float
    step: float | None = None
    form: str = "%d"


def show(present: Training, facts: Mapping[str, Any]) -> Training | None:
    """The form; answers with what it holds, or None while a value is not allowed (the page says which)."""
    chosen: dict[str, Any] = {"method": present.method}
    if "method" in facts or not facts:
        chosen["method"] = _method(present)
    if "epochs" in facts or not facts:
        for key, setting in _main().items():
            chosen[key] = _automatic(key, setting, getattr(present, key), facts)
        with st.expander(_("Advanced"), icon=":material/tune:", key="train_advanced"):
            chosen |= _advanced(present, facts)
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


def _method(present: Training) -> str:
    """How much of a pretrained model learns."""
    methods = {"full": _("Train everything"), "head": _("Train a small layer only")}
    method: str = st.radio(
        _("Method"),
        list(methods),
        index=list(methods).index(present.method),
        format_func=methods.__getitem__,
        captions=[_("The most accurate; minutes to hours."), _("Seconds to minutes; usually a little less accurate.")],
        key="train_method",
        help=_(
            "A small layer learns on top of the pretrained model, which then stays as it is. Training everything lets "
            "the whole model adapt to your rows."
        ),
    )
    return method


def _automatic(key: str, setting: Setting, present: Any, facts: Mapping[str, Any]) -> Any:
    """A number that may be left empty: then a rule chooses it, and the line below says what and why."""
    fact = facts.get(key)
    whole = setting.form == "%d"
    value = st.number_input(
        setting.label,
        min_value=int(setting.low) if whole else setting.low,
        max_value=int(setting.high) if whole else setting.high,
        value=None if present == "auto" else present,
        step=1 if whole else setting.step,
        format=setting.form,
        placeholder=_("Automatic: {value}").format(value=_shown(fact.value)) if fact else _("Automatic"),
        key=f"train_{key}",
        help=setting.help,
    )
    if value is None and fact:
        st.caption(plain(_(fact.reason)))
    return "auto" if value is None else value


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else "–" if value is None else str(value)


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


def _advanced(present: Training, facts: Mapping[str, Any]) -> dict[str, Any]:
    optimizers = ["adamw", "adam", "sgd", "momentum", "rmsprop"]
    schedules = ["linear", "cosine", "constant", "one-cycle", "plateau"]
    precisions = ["auto", "fp32", "bf16", "fp16"]
    left, right = st.columns(2, gap="medium")
    with left:
        optimizer = st.selectbox(
            _("Optimizer"),
            optimizers,
            optimizers.index(present.optimizer),
            key="train_optimizer",
            help=_(
                "The rule that turns errors into changes. AdamW suits pretrained models; SGD, with or without "
                "momentum, needs patience and a learning rate about a hundred times higher."
            ),
        )
        schedule = st.selectbox(
            _("Schedule of the learning rate"),
            schedules,
            schedules.index(present.schedule),
            key="train_schedule",
            help=_(
                "Linear and cosine fall to zero, which settles the model; constant keeps on moving it. One-cycle rises "
                "for nearly a third of the run first. Plateau halves the rate when the validation loss stops falling."
            ),
        )
        warmup = st.slider(
            _("Warm-up (share of all steps)"),
            0.0,
            0.9,
            present.warmup,
            0.01,
            key="train_warmup",
            help=_("The learning rate rises slowly during this share, so that the first steps do no harm."),
        )
        early_stopping = st.number_input(
            _("Stop early after (epochs without improvement)"),
            0,
            1000,
            present.early_stopping,
            key="train_early_stopping",
            help=_("0: never. 2 saves time when the model starts to memorise; the best moment is kept in any case."),
        )
    with right:
        precision = st.selectbox(
            _("Precision"),
            precisions,
            precisions.index(present.precision),
            key="train_precision",
            help=_("Half-length numbers (bf16) are faster on some machines at the same accuracy; fp32 is exact."),
        )
        weight_decay = st.number_input(
            _("Weight decay"),
            0.0,
            1.0,
            present.weight_decay,
            0.01,
            format="%g",
            key="train_weight_decay",
            help=_(
                "A pull of the weights towards zero. More guards against memorising; above 0.1 it hinders learning."
            ),
        )
        gradient_clip = st.number_input(
            _("Gradient clipping"),
            0.0,
            100.0,
            present.gradient_clip,
            0.1,
            format="%g",
            key="train_gradient_clip",
            help=_("No single batch moves the model further than this. 1 is usual; 0 switches it off."),
        )
        ema = st.number_input(
            _("Average of the weights (0: off)"),
            0.0,
            0.9999,
            present.ema,
            0.001,
            format="%g",
            key="train_ema",
            help=_(
                "What is judged and kept is a running average, which is steadier than the last weights. 0.99 looks "
                "back about a hundred steps, 0.999 a thousand: choose about as many as an epoch or two has."
            ),
        )
        max_length = present.max_length
        if "max_length" in facts or not facts:
            max_length = _automatic(
                "max_length",
                Setting(
                    _("Longest text (word pieces)"),
                    _("What is longer is cut. Twice the length takes more than twice the time and memory."),
                    4,
                    8192,
                ),
                present.max_length,
                facts,
            )
    labels = _of_labels(present) if "class_weights" in facts or not facts else {}
    max_minutes = st.number_input(
        _("Time limit (minutes)"),
        min_value=0.1,
        max_value=100_000.0,
        value=present.max_minutes,
        step=10.0,
        format="%g",
        placeholder=_("No limit"),
        key="train_max_minutes",
        help=_("Training ends after this time, pauses left out, and the best model so far is kept."),
    )
    checkpoint_steps = _automatic(
        "checkpoint_steps",
        Setting(
            _("Save the work every (steps)"),
            _("A run that is interrupted goes on from the last saved point. More often is safer and a little slower."),
            1,
            10**9,
        ),
        present.checkpoint_steps,
        facts,
    )
    return {
        "optimizer": optimizer,
        "schedule": schedule,
        "warmup": warmup,
        "early_stopping": early_stopping,
        "precision": precision,
        "weight_decay": weight_decay,
        "gradient_clip": gradient_clip,
        "ema": ema,
        **labels,
        "max_length": max_length,
        "checkpoint_steps": checkpoint_steps,
        "max_minutes": max_minutes,
    }


def _of_labels(present: Training) -> dict[str, Any]:
    """What only networks that tell labels apart ask for."""
    weights = {"none": _("All rows alike"), "balanced": _("Rare labels more")}
    left, right = st.columns(2, gap="medium")
    class_weights = left.selectbox(
        _("What rows count"),
        list(weights),
        list(weights).index(present.class_weights),
        format_func=weights.__getitem__,
        key="train_class_weights",
        help=_("With rare labels counting more, they are found more often, and frequent ones are mistaken for them."),
    )
    label_smoothing = right.number_input(
        _("Label smoothing"),
        0.0,
        0.5,
        present.label_smoothing,
        0.05,
        format="%g",
        key="train_label_smoothing",
        help=_("Asks the model to be a little less sure. 0.1 helps where some labels are wrong; 0 switches it off."),
    )
    return {"class_weights": class_weights, "label_smoothing": label_smoothing}
