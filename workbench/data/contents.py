"""What there is at a path: a single file with a table, or many files in an archive or a folder."""

from dataclasses import replace
from pathlib import Path, PurePath

from workbench.data.collections import archive, collection_layout
from workbench.data.collections.archive import Archive
from workbench.data.collections.directory import Directory
from workbench.data.formats import detection, xlsx_container
from workbench.data.layout import Layout
from workbench.data.read_options import ReadOptions
from workbench.errors import DataError
from workbench.settings import Limits

ENDINGS = (*detection.ENDINGS, ".zip")
_START = 1 << 16  # bytes: enough to know a workbook whose list of parts was cut off


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> tuple[str, Layout]:
    """What the content is called, and how it is laid out. ``name`` is what people call it. Raises DataError."""
    title, layout = _inspect(path, name, options, limits)
    if options.part is not None and not layout.parts:
        raise DataError(
            f"there is one table in it and no part '{options.part[:60]}' to choose",
            where=name,
            remedy="Nothing was imported. Leave out which part (on the command line --sheet) is meant.",
            code=f"{layout.code}-22",
        )
    return title, layout


def _inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> tuple[str, Layout]:
    if path.is_dir():
        return "folder", collection_layout.inspect(Directory(path, name, limits), options, limits)
    with path.open("rb") as file:
        start = file.read(_START)
    if not archive.fits(start) or xlsx_container.is_office(path, start):
        format, layout = detection.inspect(path, name, options, limits)
        return format.TITLE, layout
    layout = collection_layout.inspect(Archive(path, name, limits), options, limits)
    ending = PurePath(name).suffix.lower()
    if ending != ".zip":
        note = f"The name ends in {ending or 'nothing known'}, but the content is: zip archive; that is how it is read."
        layout = replace(layout, notes=(note, *layout.notes))
    return "zip archive", layout
