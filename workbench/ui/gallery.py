"""Images with captions: side by side where they are few, in a table that loads what is seen where they are many."""

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from workbench.data.read_options import Preview
from workbench.errors import NotFound
from workbench.services import thumbnails
from workbench.services.workbench import Store
from workbench.ui.i18n import _, number
from workbench.ui.tables import plain, shorten

FEW = 48
_SIDE = 96
_CLASSES = 10
_OF_CLASS = 8


def address(version_id: str, cell: str, side: int = _SIDE) -> str:
    """Where the browser finds the small picture of an image cell; nothing for a cell without an image."""
    return f"/thumbnail/{version_id}/{cell}?size={side}" if cell else ""


def show(store: Store, version_id: str, pictures: Sequence[tuple[str, str]], alt: str) -> None:
    """Image cells of a version, each with its caption. ``alt`` says what they are to those who do not see them."""
    if len(pictures) > FEW:
        table = pd.DataFrame(
            {
                "image": [address(version_id, cell) for cell, _caption in pictures],
                "about": [said for _cell, said in pictures],
            }
        )
        columns = {"image": st.column_config.ImageColumn(_("Image")), "about": st.column_config.TextColumn(_("About"))}
        st.dataframe(table, column_config=columns, hide_index=True, row_height=72, height=480, alt=alt)
        return
    with st.container(horizontal=True, gap="small"):
        for cell, caption in pictures:
            _one(store, version_id, cell, caption, alt)


def by_class(store: Store, version_id: str, table: pd.DataFrame, label: str) -> None:
    """A few images of each of the largest classes, the class with its number of rows above them."""
    counts = table[label].replace("", _("without a label")).value_counts()
    for name, rows in list(counts.items())[:_CLASSES]:
        st.caption(f"**{plain(shorten(str(name), 60))}** · {number(int(rows))}")
        of_class = table[table[label].replace("", _("without a label")) == name]
        cells = [cell for cell in of_class["image"].head(_OF_CLASS) if cell]
        show(store, version_id, [(cell, "") for cell in cells], _("An image of the class {name}").format(name=name))
    if len(counts) > _CLASSES:
        st.caption(_("{count} more classes are not shown.").format(count=number(len(counts) - _CLASSES)))


def of_preview(preview: Preview) -> None:
    """The small pictures that came with a preview, with their class or the name of their file."""
    labels = preview.columns.index("label") if "label" in preview.columns else preview.columns.index("file")
    pictures: Mapping[int, str] = preview.pictures
    with st.container(horizontal=True, gap="small", key="data_pictures"):
        for place, picture in sorted(pictures.items()):
            said = shorten(preview.cells[place][labels], 24)
            st.image(picture, caption=plain(said) or None, width=_SIDE, alt=said or _("An image of the file"))


def _one(store: Store, version_id: str, cell: str, caption: str, alt: str) -> None:
    try:
        path = thumbnails.thumbnail(store, version_id, cell, 2 * _SIDE)  # for screens with small pixels
    except NotFound:
        st.caption(_("An image is missing"))
        return
    st.image(path.read_bytes(), caption=plain(caption) or None, width=_SIDE, alt=caption or alt)
