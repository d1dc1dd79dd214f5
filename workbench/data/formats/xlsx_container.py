"""What an Office file really is, before anything in it is opened: macros, passwords and old formats are refused."""

import zipfile
import zlib
from pathlib import Path

from workbench.errors import DataError

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office before 2007, and of encrypted files since
_UNPACKED = 4_000_000_000  # bytes of all parts together
_PARTS = 10_000
_RESAVE = 'In Excel or LibreOffice, choose "Save as" and the type "Excel workbook (.xlsx)", then import that file.'
_OLE_KINDS = (  # the first stream that is found tells
    ("EncryptedPackage", "is protected by a password", f"Open it, take the password away, and save it. {_RESAVE}"),
    ("WordDocument", "is an old Word document", "Copy its table into a spreadsheet and save that as .xlsx."),
    ("PowerPoint Document", "is an old presentation", "Copy its table into a spreadsheet and save that as .xlsx."),
    ("Workbook", "is an Excel workbook of before 2007 (.xls)", _RESAVE),
    ("Book", "is an Excel workbook of before 2007 (.xls)", _RESAVE),
)


def is_office(path: Path, start: bytes) -> bool:
    """Is this an Office file of any age, whole or not?"""
    if start.startswith(_OLE):
        return True
    if not start.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        names = [part for part in ("[Content_Types].xml", "xl/") if part.encode() in start]
    return any(part == "[Content_Types].xml" or part.startswith(("xl/", "word/", "ppt/")) for part in names)


def refuse_others(path: Path, name: str) -> None:
    """Raise DataError for everything but a plain .xlsx workbook."""
    with path.open("rb") as file:
        if file.read(8) == _OLE:
            content = path.read_bytes()
            found = next((kind for kind in _OLE_KINDS if kind[0].encode("utf-16-le") in content), None)
            _, what, remedy = found or ("", "is an old Office document", _RESAVE)
            raise _refusal(name, f"the file {what}", remedy)
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            _refuse_entities(archive, name)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise DataError(
            "the workbook is not whole: its table of contents is missing or damaged",
            where=name,
            remedy="Nothing was imported. It may have been cut off: copy or download it again.",
            code="XLSX-23",
        ) from None
    names = {part.filename.lower() for part in parts}
    if len(parts) > _PARTS or sum(part.file_size for part in parts) > _UNPACKED:
        raise DataError(
            f"the workbook would unpack to more than {_UNPACKED // 10**9} GB or {_PARTS:,} parts",
            where=name,
            remedy="Nothing was imported. Keep only the sheet that is needed, or save it as CSV.",
            code="XLSX-28",
        )
    if any(part.flag_bits & 1 for part in parts):
        raise _refusal(name, "the file is an encrypted zip archive", f"Take the password away. {_RESAVE}")
    if any(part.endswith("vbaproject.bin") or part.startswith("xl/macrosheets/") for part in names):
        raise _refusal(name, "the workbook contains macros (programs)", f"{_RESAVE} That leaves the macros out.")
    if "xl/workbook.bin" in names:
        raise _refusal(name, "the file is a binary workbook (.xlsb)", _RESAVE)
    if not any(part.startswith("xl/") for part in names):
        kind = "a Word document" if any(part.startswith("word/") for part in names) else "no Excel workbook"
        remedy = "Copy its table into a spreadsheet and save that as .xlsx."
        raise _refusal(name, f"the file is called '{name}', but its content is {kind}", remedy, "XLSX-25")


def _refuse_entities(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse XML that declares a document type: only there can entities be defined, which bombs and leaks are made of.

    A declaration stands before the first element, so that only the beginning of each part goes through this parser,
    which is written in Python; afterwards a fast one is safe.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, iterparse

    for part in archive.infolist()[:_PARTS]:
        if not part.filename.lower().endswith((".xml", ".rels", ".vml")) or part.flag_bits & 1:
            continue
        try:
            with archive.open(part) as xml:
                next(iterparse(xml, events=("start",), forbid_dtd=True), None)
        except DefusedXmlException:
            raise DataError(
                f"the workbook's part {part.filename[:80]} declares entities or a document type, which no spreadsheet "
                "program writes; it may be an attack",
                where=name,
                remedy="Nothing was imported. Ask where it comes from; a copy saved by Excel or LibreOffice is fine.",
                code="XLSX-20",
            ) from None
        except (ParseError, ValueError, LookupError, NotImplementedError, EOFError, zlib.error):
            continue  # what is damaged is told when it is read, if it is


def _refusal(name: str, what: str, remedy: str, code: str = "XLSX-21") -> DataError:
    return DataError(what, where=name, remedy=f"Nothing was imported. {remedy}", code=code)
