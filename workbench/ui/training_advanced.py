"""The settings that most people leave as they are: how a model learns, step by step, and what of it is kept."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.recipe import Training
from workbench.ui.i18n import _
from workbench.ui.training_setting import Setting, automatic


def show(present: Training, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, as far as they mean something to the task, the model and the method."""
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
            max_length = automatic(
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
    layers = _of_layers(present, facts)
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
    checkpoint_steps = automatic(
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
        **layers,
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


def _of_layers(present: Training, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What the chosen method asks about the layers of a pretrained model."""
    numbers = {
        "last_blocks": Setting(
            _("Last layers that learn"),
            _("More of them adapt better to rows unlike what the model has seen, and take more time and memory."),
            1,
            100,
        ),
        "lora_rank": Setting(
            _("Size of the additions (rank)"),
            _("Larger additions can learn more, and need more memory. 4 to 32 is usual."),
            1,
            256,
        ),
        "lora_alpha": Setting(
            _("Weight of the additions (alpha)"),
            _("How loud the additions speak: this over their size. Twice the size is usual."),
            0.01,
            1000.0,
            1.0,
            "%g",
        ),
    }
    chosen = {
        key: automatic(key, setting, getattr(present, key), facts) for key, setting in numbers.items() if key in facts
    }
    if "lora_targets" in facts:
        targets = {"auto": _("Automatic"), "attention": _("The layers of attention"), "all": _("All linear layers")}
        chosen["lora_targets"] = st.selectbox(
            _("Where the additions stand"),
            list(targets),
            list(targets).index(present.lora_targets),
            format_func=targets.__getitem__,
            key="train_lora_targets",
            help=_("Beside all layers they can learn more, at about twice the cost."),
        )
    if "layer_decay" in facts:
        chosen["layer_decay"] = st.number_input(
            _("Rate of each layer (share of the one above)"),
            0.01,
            1.0,
            present.layer_decay,
            0.05,
            format="%g",
            key="train_layer_decay",
            help=_("1: all layers learn alike. With 0.9 lower layers change less, and keep more of what they know."),
        )
    if "activation_checkpointing" in facts:
        chosen["activation_checkpointing"] = st.toggle(
            _("Use less memory"),
            present.activation_checkpointing,
            key="train_activation_checkpointing",
            help=_(
                "Layers are computed twice instead of being remembered: slower by about half, with the same result."
            ),
        )
    return chosen
