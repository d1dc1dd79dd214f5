"""Choosing steps: a toggle each, with its settings below when it is on; and the shares of the split."""

from collections.abc import Sequence

import streamlit as st

from workbench.augment.step import AugmentStep
from workbench.prepare.step import PrepareStep
from workbench.recipe import Split, Step
from workbench.ui import forms
from workbench.ui.i18n import _, percent
from workbench.ui.tables import plain


def choose(
    page: str, offered: Sequence[type[PrepareStep]] | Sequence[type[AugmentStep]], present: Sequence[Step]
) -> tuple[Step, ...]:
    """The steps that are switched on, with their settings, in the order in which they are offered."""
    now = {step.step: step for step in present}
    chosen = []
    for kind in offered:
        name = str(kind.model_fields["step"].default)
        with st.container(border=True, gap="xsmall", key=f"{page}_card_{name}"):
            on = st.toggle(
                f":material/{kind.icon}: **{_(kind.title)}**", value=name in now, key=f"{page}_{name}", wrap=True
            )
            st.caption(plain(_(kind.summary)))
            if on:
                values = now[name].model_dump() if name in now else {}
                chosen.append(Step(step=name, **forms.settings(kind, values, f"{page}_{name}")))
    return tuple(chosen)


def split(present: Split) -> Split:
    """The three shares, of which the third follows from the other two."""
    train = st.slider(
        _("Training"),
        50,
        95,
        round(100 * present.train),
        format="%d %%",
        key="prepare_train",
        help=_("The rows that the model learns from. More rows teach more; 80 % is a good start."),
    )
    rest = 100 - train
    validation = st.slider(
        _("Validation"),
        1,
        rest - 1,
        min(max(1, round(100 * present.validation)), rest - 1),
        format="%d %%",
        key="prepare_validation",
        help=_("Rows that show during training whether the model still improves. The best moment is kept."),
    )
    test = rest - validation
    st.caption(
        _("Test: {share}, kept aside until the end to judge the model on rows it never saw.").format(
            share=percent(test / 100, 0)
        )
    )
    stratify = st.toggle(
        _("Same share of every label in each part"),
        present.stratify,
        key="prepare_stratify",
        help=_("Without it a rare label may be missing from the test rows by chance."),
    )
    return Split(train=train / 100, validation=validation / 100, test=test / 100, stratify=stratify, seed=present.seed)
