"""Images that a model drew, beside those that they are copies of, or alone."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from workbench.evaluate.panels import Pictures
from workbench.ui import scores
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain

WIDTH = 96  # pixels


def show(panel: Pictures) -> None:
    """Every picture with what is said of it; several images that belong together share a frame."""
    st.header(_(panel.title), anchor=False, help=_(panel.help) or None)
    together = len(panel.names) > 1
    if together:
        st.caption(_("From left to right: {names}").format(names=", ".join(_(name) for name in panel.names)))
    with st.container(horizontal=True, gap="small"):
        for place, picture in enumerate(panel.pictures, 1):
            row = picture.row + 1 if picture.row is not None else place
            with st.container(border=together, width="content", gap="xsmall"):
                with st.container(horizontal=True, gap="xsmall"):
                    for name, image in zip(panel.names, picture.images, strict=True):
                        st.image(image, width=WIDTH, alt=f"{_(name)} {number(row)}")
                if picture.caption:
                    said = _("Row {number}").format(number=number(row)) if picture.row is not None else ""
                    st.caption(" · ".join(filter(None, (said, plain(picture.caption)))))


def answer(found: Mapping[str, Any]) -> None:
    """What a model made of the image that it was asked about, and how unusual that is."""
    with st.container(horizontal=True, gap="medium", vertical_alignment="top"):
        for key, name in (("seen", _("As the model sees it")), ("copy", _("Its copy"))):
            st.image(found[key], width=160, caption=name, alt=name)
        st.metric(
            _("Reconstruction error"),
            scores.significant(found["prediction"]),
            delta=_("more than {share}% of usual images").format(share=f"{found['percentile']:.1f}"),
            delta_color="off",
            delta_arrow="off",
            width="content",
            help=_(
                "Usual images are those that the model was judged by in training, and had not learned from. Above 95% "
                "something in the image is unusual; above 99% very much so."
            ),
        )
