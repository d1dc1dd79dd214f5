"""Images before and after the preparation, side by side."""

from collections.abc import Sequence

import streamlit as st

from workbench.prepare.changes import Change
from workbench.recipe import Recipe
from workbench.services import prepared_images
from workbench.services.prepared_images import Pair
from workbench.services.workbench import Store
from workbench.ui import gallery
from workbench.ui.i18n import _, number

_WIDTH = 120  # pixels


def show(store: Store, recipe: Recipe, version_id: str) -> None:
    """Pairs of training images, each with its size before and after."""
    pairs = prepared_images.pairs(store, recipe, version_id)
    if not pairs:
        st.caption(_("No step that is on changes images."))
        return
    st.markdown(f"**{_('Images before and after')}**")
    with st.grid(2, min_column_width=2 * _WIDTH + 16, gap="small"):
        for pair in pairs:
            _pair(pair)


def dropped(store: Store, version_id: str, role: str, changes: Sequence[Change]) -> None:
    """Images whose rows go, with the step that drops them."""
    gone = [(change.before.get(role, ""), _(change.dropped_by)) for change in changes]
    st.markdown(f"**{_('Rows that go')}**")
    gallery.show(store, version_id, [one for one in gone if one[0]], _("An image whose row is left out"))
    empty = sum(not cell for cell, _step in gone)
    if empty:
        st.caption(_("Rows without an image among them: {count}").format(count=number(empty)))


def _pair(pair: Pair) -> None:
    row = number(pair.row + 1)
    with st.container(border=True, gap="xsmall"):
        st.caption(_("Row {number}").format(number=row))
        with st.container(horizontal=True, gap="small", vertical_alignment="top"):
            for image, size, alt in (
                (pair.before, pair.size_before, _("Row {number} before").format(number=row)),
                (pair.after, pair.size_after, _("Row {number} after").format(number=row)),
            ):
                st.image(image, caption=f"{size[0]} × {size[1]}", width=_WIDTH, alt=alt)
