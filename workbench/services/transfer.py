"""A project as one file: exported with the hash of everything in it, imported under new ids or not at all.

The file is a ZIP: ``project.json`` holds the rows, ``datasets/``, ``models/`` and ``evaluations/`` the folders
that they name, ``MANIFEST.json`` size and SHA-256 of each. What comes from elsewhere is believed only as far as it can
be checked: no name in the file becomes a path, no id of it is kept, and nothing is read beyond its stated size.
"""

import hashlib
import json
import os
import shutil
import stat
import uuid
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import JSON, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import KeyedColumnElement

from workbench import __version__
from workbench import recipe as recipes
from workbench.artefacts import folders
from workbench.errors import ArtefactError, DataError, RecipeError, WorkbenchError
from workbench.services import owned
from workbench.settings import Settings
from workbench.store.records import (
    DataSetRow,
    DataVersionRow,
    DraftRow,
    EvaluationRow,
    EventRow,
    JobRow,
    MetricRow,
    ModelRow,
    ProjectRow,
    Record,
    RunRow,
)
from workbench.store.session import Store
from workbench.store.views import ProjectView, State

FORMAT = 1
ROWS = "project.json"
MAX_BYTES = 20_000_000_000
MAX_ENTRIES = 200_000
MAX_TEXT = 500_000_000  # bytes of the rows, and of the manifest
MAX_RATIO = 100  # what real projects hold hardly shrinks: tables and weights are packed already
_SMALL = 10_000_000  # bytes for which nobody asks how far they were packed
_CHUNK = 1 << 20

# In the order in which they can be inserted. A draft comes last: it names a data version.
_TABLES: tuple[type[Record], ...] = (
    ProjectRow,
    DataSetRow,
    DataVersionRow,
    JobRow,
    RunRow,
    MetricRow,
    EventRow,
    EvaluationRow,
    ModelRow,
    DraftRow,
)
_KEYS = ("id", "project_id", "data_set_id", "data_version_id", "run_id", "job_id")
_FOLDERS: dict[type[Record], str] = {DataVersionRow: "datasets", EvaluationRow: "evaluations", ModelRow: "models"}


def export_project(store: Store, project_id: str, to: Path) -> Path:
    """Write the project with its data, finished runs and models to ``to`` (a file, or a folder that gets one).

    Runs that have not ended are left out. Raises ArtefactError when a folder is damaged or ``to`` cannot be written.
    """
    with store.reading() as session:
        project = owned.project(session, store, project_id)
        rows = _rows(session, project)
        target = to / f"{_file_name(project.name)}.workbench.zip" if to.is_dir() else to
    staged = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        _write(store.settings, rows, staged)
        staged.replace(target)
    except OSError as error:
        raise ArtefactError(
            f"the project could not be written ({error.strerror or error})",
            where=str(target),
            remedy="Choose a folder that you may write to, with enough room.",
        ) from error
    finally:
        staged.unlink(missing_ok=True)
    return target


def take_in(store: Store, path: Path, file: str) -> ProjectView:
    """Make a new project from an exported file that people call ``file``.

    It parses what others wrote, so it is for a process with limits (``project_import``). Raises DataError, naming the
    entry, when anything in it is damaged, missing, too large or not as it should be; then nothing was imported.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listing = _listing(archive, file)
            rows = _read_rows(archive, listing, file)
            return _import(store, archive, listing, rows, file)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise _refused(file, f"this is not a whole ZIP file ({error})") from error
    except OSError as error:
        raise _refused(file, f"the file cannot be read ({error.strerror or error})") from error


# -- out ----------------------------------------------------------------------------------------------------------


def _rows(session: Session, project: ProjectRow) -> dict[str, list[dict[str, Any]]]:
    ended = [state.value for state in State if state.ended]
    mine = {
        ProjectRow: select(ProjectRow).where(ProjectRow.id == project.id),
        DataSetRow: select(DataSetRow).where(DataSetRow.project_id == project.id),
        DataVersionRow: select(DataVersionRow).join(DataSetRow).where(DataSetRow.project_id == project.id),
        JobRow: select(JobRow).where(JobRow.project_id == project.id, JobRow.kind == "train", JobRow.state.in_(ended)),
        ModelRow: select(ModelRow).where(ModelRow.project_id == project.id),
        DraftRow: select(DraftRow).where(DraftRow.project_id == project.id),
    }
    runs = select(RunRow.id).join(JobRow, JobRow.id == RunRow.id)
    runs = runs.where(RunRow.project_id == project.id, JobRow.state.in_(ended))
    of_runs = {
        RunRow: select(RunRow).where(RunRow.id.in_(runs)),
        MetricRow: select(MetricRow).where(MetricRow.run_id.in_(runs)),
        EventRow: select(EventRow).where(EventRow.job_id.in_(runs)),
        EvaluationRow: select(EvaluationRow).where(EvaluationRow.run_id.in_(runs)),
    }
    queries: dict[type[Record], Any] = {**mine, **of_runs}
    return {table.__tablename__: [_dump(row) for row in session.scalars(queries[table])] for table in _TABLES}


def _dump(row: Record) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def _write(settings: Settings, rows: dict[str, list[dict[str, Any]]], staged: Path) -> None:
    files: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for table, root in _FOLDERS.items():
            for name in sorted({row["folder"] for row in rows[table.__tablename__]}):
                for entry, expected in folders.verify(_root(settings, root) / name, hashes=False).items():
                    path, inside = _root(settings, root) / name / entry, f"{root}/{name}/{entry}"
                    digest = _copy(path, archive, inside)
                    if digest != expected.sha256:
                        raise ArtefactError("the file was damaged", where=str(path), remedy="Restore it first.")
                    files[inside] = {"size": expected.size, "sha256": digest}
        text = json.dumps(rows, ensure_ascii=False).encode()
        archive.writestr(ROWS, text)
        files[ROWS] = {"size": len(text), "sha256": hashlib.sha256(text).hexdigest()}
        manifest = {"format": FORMAT, "workbench": __version__, "files": files}
        archive.writestr(folders.MANIFEST, json.dumps(manifest, indent=1))
    with staged.open("rb+") as file:
        os.fsync(file.fileno())


def _copy(path: Path, archive: zipfile.ZipFile, name: str) -> str:
    """Add a file while computing its SHA-256."""
    digest = hashlib.sha256()
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _file_name(name: str) -> str:
    kept = "".join(letter if letter.isalnum() else "-" for letter in name).strip("-")
    return "-".join(filter(None, kept.split("-")))[:60] or "project"


# -- in -----------------------------------------------------------------------------------------------------------


def _listing(archive: zipfile.ZipFile, file: str) -> dict[str, folders.FileEntry]:
    """What the manifest says is inside, after a look at every name and size."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise _refused(file, f"it holds {len(infos):,} entries, more than {MAX_ENTRIES:,}")
    for packed, full, entry in [
        *((info.compress_size, info.file_size, info.filename) for info in infos if info.filename == ROWS),
        (sum(info.compress_size for info in infos), sum(info.file_size for info in infos), ""),
    ]:
        if full > max(_SMALL, MAX_RATIO * packed):
            raise _refused(file, f"it would unpack to {full / max(packed, 1):,.0f} times its size", entry)
    names = [info.filename for info in infos]
    seen: set[str] = set()
    for info in infos:
        _refuse_odd_name(info, file)
        if info.filename.casefold() in seen:
            raise _refused(file, "the entry comes twice", info.filename)
        seen.add(info.filename.casefold())
    if folders.MANIFEST not in names or ROWS not in names:
        raise _refused(file, f"{folders.MANIFEST} or {ROWS} is missing: this is no exported project")
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
        raise _refused(file, "the manifest cannot be read", folders.MANIFEST) from error
    for name, stated in listing.items():
        addressed = folders.ADDRESSED.fullmatch("/".join(name.split("/")[2:]))
        if addressed and addressed[1] != stated.sha256:
            raise _refused(file, "the image does not have the content that its name says", name)
    for name in (set(names) - {folders.MANIFEST}) ^ set(listing):
        raise _refused(file, "the entry is in the file or in its manifest, but not in both", name)
    if (total := sum(entry.size for entry in listing.values())) > MAX_BYTES:
        raise _refused(file, f"it would unpack to {total / 1e9:.1f} GB, more than {MAX_BYTES / 1e9:g} GB")
    return listing


def _refuse_odd_name(info: zipfile.ZipInfo, file: str) -> None:
    name, kind = info.filename, stat.S_IFMT(info.external_attr >> 16)
    parts = PurePosixPath(name).parts
    if "\\" in name or ":" in name or name.startswith("/") or ".." in parts or name != "/".join(parts):
        raise _refused(file, "the entry's name points outside the project", name)
    if kind not in (0, stat.S_IFREG):
        raise _refused(file, "the entry is a link or a device, not a file", name)
    if parts not in ((folders.MANIFEST,), (ROWS,)) and (parts[0] not in _FOLDERS.values() or len(parts) < 3):
        raise _refused(file, "there is no place for this entry in a project", name)


def _read(archive: zipfile.ZipFile, name: str, file: str) -> bytes:
    """An entry that is held in memory as a whole; what its header says of its size has been looked at."""
    info = archive.getinfo(name)
    if info.file_size > MAX_TEXT:
        raise _refused(file, f"the entry is larger than {MAX_TEXT:,} bytes", name)
    with archive.open(name) as source:
        content = source.read(info.file_size + 1)  # zipfile gives no more than the header says
    if len(content) != info.file_size:
        raise _refused(file, f"expected {info.file_size} bytes, found {len(content)}", name)
    return content


def _read_rows(
    archive: zipfile.ZipFile, listing: dict[str, folders.FileEntry], file: str
) -> dict[type[Record], list[dict[str, Any]]]:
    expected = listing[ROWS]
    content = _read(archive, ROWS, file)
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise _refused(file, "the content does not have the SHA-256 of the manifest", ROWS)
    try:
        tables = json.loads(content)
        rows = {table: [_typed(table, row) for row in tables[table.__tablename__]] for table in _TABLES}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(file, f"the rows are not as they should be ({error})", ROWS) from error
    if len(rows[ProjectRow]) != 1 or len(rows[DraftRow]) != 1:
        raise _refused(file, "it must hold exactly one project and its draft", ROWS)
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


def _import(
    store: Store,
    archive: zipfile.ZipFile,
    listing: dict[str, folders.FileEntry],
    rows: dict[type[Record], list[dict[str, Any]]],
    file: str,
) -> ProjectView:
    """Folders first, each under a new name; then all rows in one transaction. Whatever fails leaves nothing."""
    new_folders = {
        f"{root}/{row['folder']}": uuid.uuid4().hex for table, root in _FOLDERS.items() for row in rows[table]
    }
    contents = _by_folder(listing, new_folders, file)
    with ExitStack() as undo:
        for old, name in new_folders.items():
            root = _root(store.settings, old.partition("/")[0])
            with folders.new_folder(root, name) as staged:
                for entry in contents.get(old, ()):
                    _unpack(archive, entry, listing[entry], staged / PurePosixPath(entry).relative_to(old), file)
            undo.callback(shutil.rmtree, root / name, ignore_errors=True)
        try:
            project = _insert(store, rows, new_folders)
        except (RecipeError, KeyError) as error:
            raise _refused(file, f"the rows do not fit together ({error})", ROWS) from error
        undo.pop_all()
    return project


def _by_folder(listing: dict[str, folders.FileEntry], known: Iterable[str], file: str) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name in listing:
        folder = "/".join(name.split("/")[:2])
        if name != ROWS and folder not in known:
            raise _refused(file, "no row names the folder of this entry", name)
        grouped.setdefault(folder, []).append(name)
    return grouped


def _unpack(archive: zipfile.ZipFile, name: str, entry: folders.FileEntry, to: Path, file: str) -> None:
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
        raise _refused(file, f"expected {entry.size} bytes, found {'more' if written > entry.size else written}", name)
    if digest.hexdigest() != entry.sha256:
        raise _refused(file, "the content does not have the SHA-256 of the manifest", name)


def _insert(store: Store, rows: dict[type[Record], list[dict[str, Any]]], new_folders: dict[str, str]) -> ProjectView:
    # A run has the id of its job, a draft has none: every other id is made anew.
    ids = {row["id"]: uuid.uuid4().hex for table in _TABLES if hasattr(table, "id") for row in rows[table]}
    with store.session() as session:
        for table in _TABLES:
            for values in rows[table]:
                session.add(table(**_renewed(session, store, table, values, ids, new_folders)))
            session.flush()
        row = session.get_one(ProjectRow, ids[rows[ProjectRow][0]["id"]])
        return ProjectView(id=row.id, name=row.name, created=row.created, binned=row.binned)


def _renewed(
    session: Session,
    store: Store,
    table: type[Record],
    values: dict[str, Any],
    ids: dict[Any, str],
    new_folders: dict[str, str],
) -> dict[str, Any]:
    values = values | {key: ids[values[key]] for key in _KEYS if values.get(key) is not None}
    if table in _FOLDERS:
        values["folder"] = new_folders[f"{_FOLDERS[table]}/{values['folder']}"]
    if "owner" in table.__table__.columns:
        values["owner"] = store.owner
    if table is ProjectRow:
        values |= {"name": owned.unused_name(session, store, values["name"]), "binned": None}
    elif table is EventRow:
        del values["id"]  # numbered by this store
    elif table is JobRow:
        state = values["state"] if values["state"] in set(State) and State(values["state"]).ended else "CANCELLED"
        values |= {"state": state, "kind": "train", "parent_id": None, "control": None, "pid": None}
        values |= {"pid_created": None, "device": "auto", "position": 0}
    elif table in (RunRow, DraftRow):
        values["recipe"] = recipes.to_dict(recipes.from_dict(values["recipe"], "recipe"))
    return values


def _root(settings: Settings, name: str) -> Path:
    return {"datasets": settings.datasets, "models": settings.models, "evaluations": settings.evaluations}[name]


def _refused(file: str, what: str, entry: str = "") -> WorkbenchError:
    where = f"{file}, entry {entry!r}" if entry else file
    return DataError(what, where=where, remedy="Nothing was imported. Export the project again, or fetch a fresh copy.")
