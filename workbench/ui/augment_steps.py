"""Choosing augmentation steps: in groups, a card each, with one control that sets the strength of all."""

from collections.abc import Sequence

import streamlit as st

from workbench.augment.step import STRENGTHS, AugmentStep
from workbench.recipe import Step
from workbench.ui import forms
from workbench.ui.i18n import _
from workbench.ui.tables import plain

_STRENGTH = "augment_strength"


def choose(offered: Sequence[type[AugmentStep]], present: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that are switched on, with their settings, in the order in which they are offered."""
    above = st.container()
    now = {step.step: step for step in present}
    chosen: list[Step] = []
    for group in dict.fromkeys(kind.group for kind in offered):
        st.markdown(f"**{_(group)}**")
        chosen += [step for kind in offered if kind.group == group and (step := _card(kind, now.get(kind.name())))]
    with above:
        _strength(offered, chosen)
    return tuple(chosen)


def _card(kind: type[AugmentStep], present: Step | None) -> Step | None:
    """One step's switch, with what it does, its settings and what would hurt when it is on."""
    name = kind.name()
    with st.container(border=True, gap="xsmall", key=f"augment_card_{name}"):
        title = f":material/{kind.icon}: **{_(kind.title)}**"
        on = st.toggle(title, value=present is not None, key=f"augment_{name}", wrap=True)
        st.caption(plain(_(kind.summary)))
        if not on:
            return None
        settings = forms.settings(kind, present.model_dump() if present else {}, f"augment_{name}")
        st.caption(f":material/warning: {plain(_(kind.hurts))}")
        return Step(step=name, **settings)


def _strength(offered: Sequence[type[AugmentStep]], chosen: Sequence[Step]) -> None:
    """Gentle, usual or strong for every step at once; none of them once a slider was moved by hand."""
    words = {"gentle": _("Gentle"), "usual": _("Usual"), "strong": _("Strong")}
    kinds = {kind.name(): kind for kind in offered}
    settings = [(kinds[step.step], step.model_dump()) for step in chosen]
    st.session_state[_STRENGTH] = next(
        (
            strength
            for strength in STRENGTHS
            if settings and all(kind.at(strength).items() <= values.items() for kind, values in settings)
        ),
        None,
    )
    st.segmented_control(
        _("Strength"),
        STRENGTHS,
        key=_STRENGTH,
        format_func=lambda strength: words[strength],
        on_change=_set_all,
        args=(offered,),
        help=_("Sets the sliders of all steps. With nothing switched on, it switches on what helps most often."),
    )


def _set_all(offered: Sequence[type[AugmentStep]]) -> None:
    strength = st.session_state[_STRENGTH]
    if strength is None:
        return
    if not any(st.session_state.get(f"augment_{kind.name()}") for kind in offered):
        st.session_state.update({f"augment_{kind.name()}": True for kind in offered if kind.comes_first})
    for kind in offered:
        for key, value in kind.at(strength).items():
            st.session_state[f"augment_{kind.name()}_{key}"] = value
