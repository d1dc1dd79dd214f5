"""What one should know before a run starts: the choices made so far, what would spoil it, how long it will take."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.services import datasets, models, recipes, runs
from workbench.ui.frame import Here
from workbench.ui.i18n import _, duration, n_, number, size
from workbench.ui.tables import plain


def choices(here: Here) -> None:
    """Data, preparation, augmentation and model in a row, each a link to where it is chosen."""
    recipe = here.recipe
    source = recipe.data.source if recipe.data else "–"
    model = models.card(here.store, recipe.model.id).title if recipe.model else "–"
    with st.container(horizontal=True, gap="small"):
        here.link("data", plain(source))
        here.link("prepare", n_("{count} preparation step", "{count} preparation steps", len(recipe.prepare)))
        steps = n_("{count} augmentation step", "{count} augmentation steps", len(recipe.augment))
        here.link("augment", steps if recipe.augment else _("No augmentation"))
        here.link("model", plain(model))


def outlook(here: Here, version_id: str) -> tuple[Mapping[str, Any], bool]:
    """Findings and the estimate; answers with the automatic values, and whether the run may start."""
    resolved = recipes.resolve(here.recipe)
    prepared = datasets.prepared(here.store, here.recipe, version_id)
    st.header(_("Before you start"), anchor=False)
    findings = recipes.check(here.store, here.recipe, version_id)
    for finding in findings:
        text = plain(f"{_(finding.what)} {_(finding.remedy)}")
        if finding.level == "error":
            st.error(text, icon=":material/block:")
        else:
            st.warning(text, icon=":material/warning:")
    if not findings:
        st.success(_("Nothing stands in the way: the rows look fit for training."), icon=":material/check_circle:")
    split = prepared.split
    with st.grid(3, min_column_width=120, gap="small"):
        st.metric(_("Training rows"), number(len(split.train)), border=True)
        st.metric(_("Validation rows"), number(len(split.validation)), border=True)
        st.metric(_("Test rows"), number(len(split.test)), border=True)
    estimate(here)
    facts = resolved.task.plan(here.recipe.training, split, "cpu")
    return facts, not any(finding.level == "error" for finding in findings)


@st.fragment(run_every=2.0)
def estimate(here: Here) -> None:
    """Time, memory and disk on this machine: what was measured, or a button that measures."""
    known = runs.estimate(here.store, here.project.id) if hasattr(runs, "estimate") else None  # XXX
    st.header(_("On this machine"), anchor=False)
    if known is None:
        st.caption(_("How long this will take has not been measured yet; it takes a few seconds."))
        st.button(
            _("Measure"),
            key=f"{here.page}_measure",
            icon=":material/speed:",
            on_click=getattr(runs, "request_estimate", None),
            args=(here.store, here.project.id),
        )
        return
    with st.grid(3, min_column_width=120, gap="small"):
        st.metric(_("Expected time"), duration(known.seconds), border=True)
        st.metric(_("Memory"), size(known.memory_bytes), border=True)
        st.metric(_("Disk"), size(known.disk_bytes), border=True)
