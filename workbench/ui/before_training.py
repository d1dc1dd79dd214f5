"""What one should know before a run starts: the choices made so far, what would spoil it, how long it will take."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.recipe import Training
from workbench.services import datasets, estimates, models, recipes
from workbench.training.estimate import Estimate
from workbench.ui import messages, network_settings, what_fits
from workbench.ui.frame import Here
from workbench.ui.i18n import _, duration, n_, number, size
from workbench.ui.tables import plain

EPOCHS = 5  # of which the ends are told; of more, the first ones and the last


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
    if said := network_settings.said(recipe.model):
        st.caption(plain(said))


def outlook(here: Here, version_id: str) -> bool:
    """Findings and the size of each part; answers whether the run may start."""
    prepared = datasets.prepared(here.store, here.recipe, version_id)
    st.header(_("Before you start"), anchor=False)
    findings = recipes.check(here.store, here.recipe, version_id)
    meant = True
    for finding in findings:
        text = plain(f"{_(finding.what)} {_(finding.remedy)}")
        if finding.level == "error":
            st.error(text, icon=":material/block:")
        else:
            st.warning(text, icon=":material/warning:")
        if finding.level == "confirm":
            meant = st.checkbox(_("It is meant so"), key=f"train_meant_{finding.code}") and meant
    if not findings:
        st.success(_("Nothing stands in the way: the rows look fit for training."), icon=":material/check_circle:")
    split = prepared.split
    with st.grid(3, min_column_width=120, gap="small"):
        st.metric(_("Training rows"), number(len(split.train)), border=True)
        st.metric(_("Validation rows"), number(len(split.validation)), border=True)
        st.metric(_("Test rows"), number(len(split.test)), border=True)
    return meant and not any(finding.level == "error" for finding in findings)


def estimate(here: Here, training: Training | None = None, facts: Mapping[str, Any] | None = None) -> None:
    """Time, memory and disk on this machine, for ``training`` (else the draft's); what is not known can be measured."""
    job = estimates.measuring(here.store, here.project.id)
    active = job is not None and job.state.active
    st.fragment(_estimate, run_every=2.0 if active else None)(
        here, training or here.recipe.training, facts or {}, active
    )


def _estimate(here: Here, training: Training, facts: Mapping[str, Any], was_active: bool) -> None:
    job = estimates.measuring(here.store, here.project.id)
    active = job is not None and job.state.active
    if active is not was_active:
        st.rerun()
    st.header(_("On this machine"), anchor=False)
    known = estimates.known(here.store, here.project.id, training)
    if active:
        st.caption(f":material/hourglass_top: {_('Measuring a few steps of this very model on your own rows …')}")
    elif known is None:
        if job is not None and job.reason:
            st.warning(plain(job.reason), icon=":material/warning:")
            what_fits.ways_out(here, training, facts)
        st.caption(_("How long this takes is not known yet. Measuring it needs a few seconds."))
        if st.button(_("Measure"), key=f"{here.page}_measure", icon=":material/speed:"):
            with messages.shown(), st.spinner(_("Preparing the measurement …")):
                estimates.request(here.store, here.project.id, training)
                st.rerun()
    else:
        planned = facts["epochs"].value if "epochs" in facts else known.epochs
        epochs = training.epochs if training.epochs != "auto" else planned
        method = training.method if "method" in facts or not facts else "full"  # what begins with nothing has but one
        _figures(here, known.under(method, epochs), training, facts)


def _figures(here: Here, known: Estimate, training: Training, facts: Mapping[str, Any]) -> None:
    """Time, memory and disk, when each epoch ends, and what to do where it does not fit."""
    folds = here.recipe.split.folds if here.recipe.split.every_fold else None
    with st.grid(3, min_column_width=120, gap="small"):
        st.metric(_("Expected time"), duration(known.seconds * (folds or 1)), border=True)
        st.metric(_("Memory"), size(known.memory_bytes), border=True)
        st.metric(_("Disk"), size(known.disk_bytes), border=True)
    if folds:
        st.caption(_("{count} folds of {time} each").format(count=number(folds), time=duration(known.seconds)))
    if len(known.epoch_ends) > 1:
        ends = [duration(seconds) for seconds in known.epoch_ends]
        shown = ends if len(ends) <= EPOCHS else [*ends[: EPOCHS - 1], "…", ends[-1]]
        st.caption(_("Epochs end after {times}").format(times=" · ".join(shown)))
    what_fits.tell(here, known, training, facts)
