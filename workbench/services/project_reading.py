"""Opening an exported project that may be hostile: names, sizes, ratios and hashes are looked at, then the rows.

It is believed only as far as it can be checked: no name in the file becomes a path, and nothing is read beyond its
stated size.
"""

import hashlib
import json
import stat
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.sql.elements import KeyedColumnElement

from workbench.artefacts import folders
from workbench.errors import DataError, WorkbenchError
from workbench.services.project_file import FOLDERS, FORMAT, ROWS, TABLES
from workbench.store.records import DraftRow, ProjectRow, Record

MAX_BYTES = 20_000_000_000
MAX_ENTRIES = 200_000
MAX_TEXT = 500_000_000  # bytes of the rows, and of the manifest
MAX_RATIO = 100  # what real projects hold hardly shrinks: tables and weights are packed already
_SMALL = 10_000_000  # bytes for which nobody asks how far they were packed
_CHUNK = 1 << 20


def stated(archive: zipfile.ZipFile, file: str) -> dict[str, folders.FileEntry]:
    """What the manifest says is inside, after a look at every name and size. Raises DataError."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise refused(file, f"it holds {len(infos):,} entries, more than {MAX_ENTRIES:,}")
    for packed, full, entry in [
        *((info.compress_size, info.file_size, info.filename) for info in infos if info.filename == ROWS),
        (sum(info.compress_size for info in infos), sum(info.file_size for info in infos), ""),
    ]:
        if full > max(_SMALL, MAX_RATIO * packed):
            raise refused(file, f"it would unpack to {full / max(packed, 1):,.0f} times its size", entry)
    names = [info.filename for info in infos]
    seen: set[str] = set()
    for info in infos:
        _refuse_odd_name(info, file)
        if info.filename.casefold() in seen:
            raise refused(file, "the entry comes twice", info.filename)
        seen.add(info.filename.casefold())
    if folders.MANIFEST not in names or ROWS not in names:
        raise refused(file, f"{folders.MANIFEST} or {ROWS} is missing: this is no exported project")
    try:
        manifest = json.loads(_read(archive, folders.MANIFEST, file))
        if manifest["format"] != FORMAT:
            what = f"it has format {manifest['format']}, and this version of the workbench reads format {FORMAT}"
            raise DataError(what, where=file, remedy="Update the workbench. Nothing was imported.")
        listing = {
            str(name): folders.FileEntry(int(entry["size"]), str(entry["sha256"]))
            for name, entry in manifest["files"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refused(file, "the manifest cannot be read", folders.MANIFEST) from error
    for name, stated in listing.items():
        addressed = folders.ADDRESSED.fullmatch("/".join(name.split("/")[2:]))
        if addressed and addressed[1] != stated.sha256:
            raise refused(file, "the image does not have the content that its name says", name)
    for name in (set(names) - {folders.MANIFEST}) ^ set(listing):
        raise refused(file, "the entry is in the file or in its manifest, but not in both", name)
    if (total := sum(entry.size for entry in listing.values())) > MAX_BYTES:
        raise refused(file, f"it would unpack to {total / 1e9:.1f} GB, more than {MAX_BYTES / 1e9:g} GB")
    return listing


def _refuse_odd_name(info: zipfile.ZipInfo, file: str) -> None:
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    parts = PurePosixPath(name).parts
    if "\\" in name or ":" in name or name.startswith("/") or ".." in parts or name != "/".join(parts):
        raise refused(file, "the entry's name points outside the project", name)
    if kind not in (0, stat.S_IFREG):
        raise refused(file, "the entry is a link or a device, not a file", name)
    if parts not in ((folders.MANIFEST,), (ROWS,)) and (parts[0] not in FOLDERS.values() or len(parts) < 3):
        raise refused(file, "there is no place for this entry in a project", name)


def _read(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    """An entry that is held in memory as a whole; what its header says of its size has been looked at."""
    info = archive.getinfo(name)
    if info.file_size > MAX_TEXT:
        raise refused(file, f"the entry is larger than {MAX_TEXT:,} bytes", name)
    with archive.open(name) as source:
        content = source.read(info.file_size + 1)  # zipfile gives no more than the header says
    if len(content) != info.file_size:
        raise refused(file, f"expected {info.file_size} bytes, found {len(content)}", name)
    return content


def read_rows(
    archive: zipfile.ZipFile, listing: dict[str, folders.FileEntry], file: str
) -> dict[type[Record], list[dict[str, Any]]]:
    """The rows of every table, with values of the right types. Raises DataError."""
    expected = listing[ROWS]
    content = _read(archive, ROWS, file)
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise refused(file, "the content does not have the SHA-256 of the manifest", ROWS)
    try:
        tables = json.loads(content)
        rows = {table: [_typed(table, row) for row in tables[table.__tablename__]] for table in TABLES}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise refused(file, f"the rows are not as they should be ({error})", ROWS) from error
    if len(rows[ProjectRow]) != 1 or len(rows[DraftRow]) != 1:
        raise refused(file, "it must hold exactly one project and its draft", ROWS)
    return rows


def _typed(table: type[Record], row: dict[str, Any]) -> dict[str, Any]:
    """Only the columns that the table has, each with a value of its type."""
    typed = {}
    for column in table.__table__.columns:
        if column.key in row:
            typed[column.key] = _value(column, row[column.key])
        elif column.default is None and not column.nullable:
            raise ValueError(f"{table.__tablename__} lacks {column.key}")
    return typed


def _value(column: KeyedColumnElement[Any], value: Any) -> Any:
    if value is None and column.nullable:
        return None
    if isinstance(column.type, JSON):
        if isinstance(value, dict | list):
            return value
    elif column.type.python_type is datetime:
        return datetime.fromisoformat(value)
    elif column.type.python_type is float and isinstance(value, int | float):
        return float(value)
    elif type(value) is column.type.python_type:
        return value
    raise ValueError(f"{column} is {value!r:.100}")


def unpack(archive: zipfile.ZipFile, name: str, entry: folders.FileEntry, to: Path, file: str) -> None:
    """Write one entry, counting what comes out: a header can lie about its size."""
    digest, written = hashlib.sha256(), 0
    to.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, to.open("wb") as target:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > entry.size:
                break
            digest.update(chunk)
            target.write(chunk)
    if written != entry.size:
        raise refused(file, f"expected {entry.size} bytes, found {'more' if written > entry.size else written}", name)
    if digest.hexdigest() != entry.sha256:
        raise refused(file, "the content does not have the SHA-256 of the manifest", name)


def refused(file: str, what: str, entry: str = "") -> WorkbenchError:
    """The error of a file that cannot be imported, and of the entry that is to blame."""
    where = f"{file}, entry {entry!r}" if entry else file
    return DataError(what, where=where, remedy="Nothing was imported. Export the project again, or fetch a fresh copy.")
