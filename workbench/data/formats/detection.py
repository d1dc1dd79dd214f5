"""Which format a file has: its content decides, and where the ending of its name says otherwise, both are said."""

from dataclasses import replace
from pathlib import Path, PurePath

from workbench.data.formats import (
    conll_format,
    csv_format,
    json_format,
    jsonl_format,
    parquet_format,
    sqlite_format,
    squad_format,
    text_format,
    xlsx_format,
)
from workbench.data.layout import Format, Layout
from workbench.data.read_options import LINES, ReadOptions
from workbench.errors import DataError
from workbench.settings import Limits

_START = 1 << 16
_FORMATS: tuple[Format, ...] = (xlsx_format, parquet_format, sqlite_format, jsonl_format, squad_format, json_format)
_TEXTS: tuple[Format, ...] = (conll_format, text_format, csv_format)  # what any other text is; CSV is the last resort
ENDINGS = tuple(dict.fromkeys(ending for format in (csv_format, *_FORMATS, *_TEXTS) for ending in format.ENDINGS))
_MISLEADING = (
    *(ending for ending in ENDINGS if ending not in text_format.ENDINGS),  # .txt promises nothing
    *(".xls", ".xlsm", ".xlsb", ".ods", ".pdf", ".zip"),
)
_AS_TABLE = "Save its table as Parquet or CSV with the program that made it"
_SIGNATURES = (  # what a file that is no table begins with
    (b"\x1f\x8b", "a gzip archive", "Unpack it first"),
    (b"BZh", "a bzip2 archive", "Unpack it first"),
    (b"\xfd7zXZ", "an xz archive", "Unpack it first"),
    (b"Rar!", "a RAR archive", "Unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it first"),
    (b"%PDF", "a PDF document", "Copy its table into a CSV file"),
    (b"\x89PNG", "an image", "Put images into folders named by their class, and import the folder or a zip of it"),
    (b"\xff\xd8\xff", "an image", "Put images into folders named by their class, and import the folder or a zip of it"),
    (b"GIF8", "an image", "Put images into folders named by their class, and import the folder or a zip of it"),
    (b"II*\0", "an image", "Put images into folders named by their class, and import the folder or a zip of it"),
    (b"MM\0*", "an image", "Put images into folders named by their class, and import the folder or a zip of it"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive", "Unpack it first"),
    (b"\x93NUMPY", "a NumPy array", _AS_TABLE),
    *((b"\x80" + bytes([version]), "a Python pickle, which could run programs", _AS_TABLE) for version in (2, 3, 4, 5)),
    (b"\x89HDF", "an HDF5 file", _AS_TABLE),
    (b"ARROW1", "an Arrow file (Feather)", _AS_TABLE),
    (b"FEA1", "an Arrow file (Feather)", _AS_TABLE),
    (b"ORC", "an ORC table", _AS_TABLE),
    (b"Obj\x01", "an Avro table", _AS_TABLE),
    (b"<stata_dta>", "a Stata table", _AS_TABLE),
    (b"$FL2", "an SPSS table", _AS_TABLE),
    (b"<!doctype html", "a web page (HTML)", "Open it in a spreadsheet and save it as CSV or .xlsx"),
    (b"<html", "a web page (HTML)", "Open it in a spreadsheet and save it as CSV or .xlsx"),
    (b"<?xml", "an XML document", "Open it in a spreadsheet and save it as CSV or .xlsx"),
)


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> tuple[Format, Layout]:
    """The file's format, and how it is laid out. ``name`` is what people call it. Raises DataError."""
    format = detect(path, name, options)
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


def detect(path: Path, name: str, options: ReadOptions | None = None) -> Format:
    """The format that fits the content; which text it is, a delimiter in ``options`` may say.

    Raises DataError for what is certainly none.
    """
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
    delimiter = options.delimiter if options else None
    if delimiter is not None:
        return text_format if delimiter == LINES else csv_format
    named_table = PurePath(name).suffix.lower() in csv_format.ENDINGS  # then uneven lines are mistakes in a table
    texts = tuple(format for format in _TEXTS if not (named_table and format is text_format))
    return next(format for format in texts if format.fits(path, start))
