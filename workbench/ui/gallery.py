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
_SMALL = 64
_CLASSES = 10
_OF_CLASS = 8


def address(version_id: str, cell: str, side: int = _SIDE) -> str:
    """Where the browser finds the small picture of an image cell; nothing for a cell without an image."""
    return f"/thumbnail/{version_id}/{cell}?size={side}" if cell else ""


def show(store: Store, version_id: str, pictures: Sequence[tuple[str, str]], alt: str, *, side: int = _SIDE) -> None:
    """Image cells of a version, each with its caption, ``side`` pixels wide.

    ``alt`` says what they are to those who do not see them.
    """
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
            _one(store, version_id, cell, caption, alt, side)


def by_class(
    store: Store, version_id: str, table: pd.DataFrame, label: str, rows_of: Mapping[str, int] | None = None
) -> None:
    """A few images of each of the largest classes, the class with its number of rows above them: ``rows_of``, where
    ``table`` is only the beginning."""
    labels = table[label].replace("", _("without a label"))
    counts = dict(rows_of) if rows_of else {str(name): int(rows) for name, rows in labels.value_counts().items()}
    for name, rows in list(counts.items())[:_CLASSES]:
        st.caption(f"**{plain(shorten(name, 60))}** · {number(rows)}")
        of_class = table[labels == name]
        said = _("An image of the class {name}").format(name=name)
        cells = [cell for cell in of_class["image"].head(_OF_CLASS) if cell]
        show(store, version_id, [(cell, "") for cell in cells], said, side=_SMALL)
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


def _one(store: Store, version_id: str, cell: str, caption: str, alt: str, side: int) -> None:
    try:
        path = thumbnails.thumbnail(store, version_id, cell, 2 * side)  # for screens with small pixels
    except NotFound:
        st.caption(_("An image is missing"))
        return
    st.image(path.read_bytes(), caption=plain(caption) or None, width=side, alt=caption or alt)
