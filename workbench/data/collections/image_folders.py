"""Images in folders: the folder is the class."""

from pathlib import Path

from workbench.data.collections.collection import Collection, Entry
from workbench.data.collections.folder_names import Placed, place, spread
from workbench.data.collections.image_rows import CODE, ImageRows, Item
from workbench.data.layout import Layout
from workbench.data.read_options import ReadOptions
from workbench.data.tally import Reject
from workbench.settings import Limits


def layout(collection: Collection, entries: tuple[Entry, ...], options: ReadOptions) -> Layout:
    """Columns ``image``, ``label``, ``file``, and ``split`` where folders say so; a row for each image."""
    placing = place(entries)
    columns = ("image", *(("label",) if placing.labelled else ()), "file", *(("split",) if placing.split else ()))

    def cells(file: Placed) -> tuple[str, ...]:
        label = (file.label,) if placing.labelled else ()
        return (*label, file.entry.name, *((file.split,) if placing.split else ()))

    def rows(limits: Limits, reject: Reject | None, into: Path | None) -> ImageRows:
        files = placing.files
        order = spread(files) if into is None else range(len(files))
        items = (Item(place + 1, files[place].entry, cells(files[place])) for place in order)
        return ImageRows(collection, items, columns.index("file") - 1, len(columns), options, limits, reject, into)

    return Layout(
        code=CODE,
        name=collection.name,
        options=options,
        columns=columns,
        first_row=1,
        notes=placing.notes,
        problems=(),
        rows=rows,
        expected=len(entries),
    )
