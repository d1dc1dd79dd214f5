"""Which format a file has: its content decides, and where the ending of its name says otherwise, both are said."""

from dataclasses import replace
from pathlib import Path, PurePath

from workbench.data import csv_format, json_format, jsonl_format, parquet_format, xlsx_format
from workbench.data.layout import Format, Layout
from workbench.data.read_options import ReadOptions
from workbench.errors import DataError
from workbench.settings import Limits

_START = 1 << 16
_FORMATS: tuple[Format, ...] = (xlsx_format, parquet_format, jsonl_format, json_format)  # whatever else is text: CSV
ENDINGS = (*csv_format.ENDINGS, *(ending for format in _FORMATS for ending in format.ENDINGS), ".txt")
_MISLEADING = (*ENDINGS[:-1], ".xls", ".xlsm", ".xlsb", ".ods", ".pdf", ".zip")  # .txt promises nothing
_SIGNATURES = (  # what a file that is no table begins with
    (b"PK\x03\x04", "a zip archive", "Unpack it first, and choose the table in it"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first"),
    (b"BZh", "a bzip2 archive", "Unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first"),
    (b"Rar!", "a RAR archive", "Unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first"),
    (b"%PDF", "a PDF document", "Copy its table into a CSV file"),
    (b"SQLite format 3\x00", "an SQLite database", "Export the table as CSV"),
    (b"\x89PNG", "an image", "Choose a table in text form"),
    (b"\xff\xd8\xff", "an image", "Choose a table in text form"),
    (b"GIF8", "an image", "Choose a table in text form"),
    (b"<!doctype html", "a web page (HTML)", "Open it in a spreadsheet and save it as CSV or .xlsx"),
    (b"<html", "a web page (HTML)", "Open it in a spreadsheet and save it as CSV or .xlsx"),
    (b"<?xml", "an XML document", "Open it in a spreadsheet and save it as CSV or .xlsx"),
)


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> tuple[Format, Layout]:
    """The file's format, and how it is laid out. ``name`` is what people call it. Raises DataError."""
    format = detect(path, name)
    ending = PurePath(name).suffix.lower()
    misled = f"The name ends in {ending}, but the content is: {format.TITLE}"
    if ending in format.ENDINGS or ending not in _MISLEADING:
        return format, format.inspect(path, name, options, limits)
    try:
        layout = format.inspect(path, name, options, limits)
    except DataError as error:
        what = f"{misled[:1].lower()}{misled[1:]}; {error.what}"
        raise DataError(what, where=error.where, remedy=error.remedy, code=error.code) from None
    return format, replace(layout, notes=(f"{misled}; that is how it is read.", *layout.notes))


def detect(path: Path, name: str) -> Format:
    """The format that fits the content. Raises DataError for what is certainly none."""
    with path.open("rb") as file:
        start = file.read(_START)
    for format in _FORMATS:
        if format.fits(path, start):
            return format
    beginnings = (start, start.lstrip()[:32].lower())
    found = next((one for one in _SIGNATURES if any(beginning.startswith(one[0]) for beginning in beginnings)), None)
    if found:
        _, what, remedy = found
        raise DataError(
            f"the file is called '{name}', but its content is {what}",
            where=name,
            remedy=f"Nothing was imported. {remedy}.",
            code="FILE-25",
        )
    return csv_format
