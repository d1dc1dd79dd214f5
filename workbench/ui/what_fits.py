"""Whether a training fits into this machine, and, where it does not, what to change, each with its button."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psutil
import streamlit as st

from workbench.recipe import Training
from workbench.training.estimate import Estimate
from workbench.ui.frame import Here
from workbench.ui.i18n import _, number, size


@dataclass(frozen=True, slots=True)
class WayOut:
    """A change of one setting of the form that lets a training take less memory."""

    label: str
    key: str
    value: Any


def tell(here: Here, known: Estimate, training: Training, facts: Mapping[str, Any]) -> None:
    """A word on memory and disk, with the ways out where one of them is too small."""
    memory = psutil.virtual_memory().available
    disk = shutil.disk_usage(here.store.settings.home).free
    if known.halvings:
        part = _("Memory holds only a part of a batch, so that 1/{share} of its rows are computed at once.")
        slower = _("The result is the same, a little slower. With one of these changes more would fit:")
        st.info(f"{part.format(share=2**known.halvings)} {slower}", icon=":material/memory:")
    elif known.memory_bytes > memory:
        st.warning(_("Only {free} of memory are free. One of these changes would help:").format(free=size(memory)))
    if known.halvings or known.memory_bytes > memory:
        ways_out(here, training, facts)
    if known.disk_bytes > disk:
        text = _("Only {free} of disk are free: the run would wait for room. Empty the bin in Settings, or make room.")
        st.warning(text.format(free=size(disk)))
    if known.memory_bytes <= memory and known.disk_bytes <= disk:
        st.caption(f":material/check_circle: {_('It fits into the memory and the disk of this machine.')}")


def ways_out(here: Here, training: Training, facts: Mapping[str, Any]) -> None:
    """A button for each change that takes less memory; elsewhere than on Train, the way to that page."""
    if here.page != "train":
        here.link("train", _("Change the settings"))
        return
    with st.container(horizontal=True, gap="small"):
        for way in smaller(training, facts):
            if st.button(
                way.label,
                key=f"train_fit_{way.key}",
                icon=":material/compress:",
                on_click=st.session_state.update,
                args=({f"train_{way.key}": way.value},),
            ):
                st.rerun()  # the form stands outside of what is kept up to date here


def smaller(training: Training, facts: Mapping[str, Any]) -> list[WayOut]:
    """The changes that make a training of these settings need less memory, the mildest first."""

    def now(key: str) -> Any:
        chosen = getattr(training, key)
        return facts[key].value if chosen == "auto" and key in facts else chosen

    ways = []
    length, batch = now("max_length"), now("batch_size")
    if "batch_size" in facts and isinstance(batch, int) and batch > 1:
        ways.append(WayOut(_("Batches of {count} rows").format(count=number(batch // 2)), "batch_size", batch // 2))
    if "max_length" in facts and isinstance(length, int) and length > 32:
        half = max(32, length // 2)
        ways.append(WayOut(_("Texts of {count} word pieces").format(count=number(half)), "max_length", half))
    if "activation_checkpointing" in facts and not training.activation_checkpointing:
        ways.append(WayOut(_("Compute again instead of remembering"), "activation_checkpointing", True))
    if "method" in facts and training.method != "head" and "head" in facts["method"].options:
        ways.append(WayOut(_("Train a small layer only"), "method", "head"))
    return ways
