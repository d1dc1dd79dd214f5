"""An exported project taken in under new ids, or not at all."""

import shutil
import uuid
import zipfile
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench.artefacts import folders
from workbench.errors import RecipeError
from workbench.jobs import queue
from workbench.services import owned
from workbench.services.project_file import FOLDERS, ROWS, TABLES, root
from workbench.services.project_reading import read_rows, refused, stated, unpack
from workbench.store.records import (
    DraftRow,
    EventRow,
    JobRow,
    ProjectRow,
    Record,
    RunRow,
)
from workbench.store.session import Store
from workbench.store.views import ProjectView, State

_KEYS = ("id", "project_id", "data_set_id", "data_version_id", "run_id", "job_id", "parent_id")


def take_in(store: Store, path: Path, file: str) -> ProjectView:
    """Make a new project from an exported file that people call ``file``.

    It parses what others wrote, so it is for a process with limits (``project_import``). Raises DataError, naming the
    entry, when anything in it is damaged, missing, too large or not as it should be; then nothing was imported.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            listing = stated(archive, file)
            rows = read_rows(archive, listing, file)
            return _import(store, archive, listing, rows, file)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise refused(file, f"this is not a whole ZIP file ({error})") from error
    except OSError as error:
        raise refused(file, f"the file cannot be read ({error.strerror or error})") from error


def _import(
    store: Store,
    archive: zipfile.ZipFile,
    listing: dict[str, folders.FileEntry],
    rows: dict[type[Record], list[dict[str, Any]]],
    file: str,
) -> ProjectView:
    """Folders first, each under a new name; then all rows in one transaction. Whatever fails leaves nothing."""
    new_folders = {
        f"{kind}/{row['folder']}": uuid.uuid4().hex for table, kind in FOLDERS.items() for row in rows[table]
    }
    contents = _by_folder(listing, new_folders, file)
    with ExitStack() as undo:
        for old, name in new_folders.items():
            place = root(store.settings, old.partition("/")[0])
            with folders.new_folder(place, name) as staged:
                for entry in contents.get(old, ()):
                    unpack(archive, entry, listing[entry], staged / PurePosixPath(entry).relative_to(old), file)
            undo.callback(shutil.rmtree, place / name, ignore_errors=True)
        try:
            project = _insert(store, rows, new_folders)
        except (RecipeError, KeyError) as error:
            raise refused(file, f"the rows do not fit together ({error})", ROWS) from error
        undo.pop_all()
    return project


def _by_folder(listing: dict[str, folders.FileEntry], known: Iterable[str], file: str) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name in listing:
        folder = "/".join(name.split("/")[:2])
        if name != ROWS and folder not in known:
            raise refused(file, "no row names the folder of this entry", name)
        grouped.setdefault(folder, []).append(name)
    return grouped


def _insert(store: Store, rows: dict[type[Record], list[dict[str, Any]]], new_folders: dict[str, str]) -> ProjectView:
    # A run has the id of its job, a draft has none: every other id is made anew.
    ids = {row["id"]: uuid.uuid4().hex for table in TABLES if hasattr(table, "id") for row in rows[table]}
    rows = rows | {JobRow: _parents_first(rows[JobRow])}
    with store.session() as session:
        for table in TABLES:
            for values in rows[table]:
                session.add(table(**_renewed(session, store, table, values, ids, new_folders)))
            session.flush()
        row = session.get_one(ProjectRow, ids[rows[ProjectRow][0]["id"]])
        return ProjectView(id=row.id, name=row.name, created=row.created, binned=row.binned)


def _parents_first(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every job after the one whose fold it is; a fold of nothing that is there stands for itself."""
    parents = {job["id"] for job in jobs if job["kind"] == queue.FOLDS and not job.get("parent_id")}
    kept = [job if job.get("parent_id") in parents else job | {"parent_id": None} for job in jobs]
    return sorted(kept, key=lambda job: job["parent_id"] is not None)


def _renewed(
    session: Session,
    store: Store,
    table: type[Record],
    values: dict[str, Any],
    ids: dict[Any, str],
    new_folders: dict[str, str],
) -> dict[str, Any]:
    values = values | {key: ids[values[key]] for key in _KEYS if values.get(key) is not None}
    if table in FOLDERS:
        values["folder"] = new_folders[f"{FOLDERS[table]}/{values['folder']}"]
    if "owner" in table.__table__.columns:
        values["owner"] = store.owner
    if table is ProjectRow:
        values |= {"name": owned.unused_name(session, store, values["name"]), "binned": None}
    elif table is EventRow:
        del values["id"]  # numbered by this store
    elif table is JobRow:
        state = values["state"] if values["state"] in set(State) and State(values["state"]).ended else "CANCELLED"
        kind = queue.FOLDS if values["kind"] == queue.FOLDS else "train"
        values |= {"state": state, "kind": kind, "control": None, "pid": None, "pid_created": None}
        values |= {"device": "auto", "position": 0}
    elif table in (RunRow, DraftRow):
        values["recipe"] = recipes.to_dict(recipes.from_dict(values["recipe"], "recipe"))
    return values
