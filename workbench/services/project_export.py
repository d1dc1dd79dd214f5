"""A project as one file, with the hash of everything in it."""

import hashlib
import json
import os
import uuid
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workbench import __version__
from workbench.artefacts import folders
from workbench.errors import ArtefactError
from workbench.services import owned
from workbench.services.project_file import FOLDERS, FORMAT, ROWS, TABLES, root
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
from workbench.store.views import State

_CHUNK = 1 << 20


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


def _rows(session: Session, project: ProjectRow) -> dict[str, list[dict[str, Any]]]:
    ended = [state.value for state in State if state.ended]
    jobs = select(JobRow).where(JobRow.project_id == project.id, JobRow.state.in_(ended))
    mine = {
        ProjectRow: select(ProjectRow).where(ProjectRow.id == project.id),
        DataSetRow: select(DataSetRow).where(DataSetRow.project_id == project.id),
        DataVersionRow: select(DataVersionRow).join(DataSetRow).where(DataSetRow.project_id == project.id),
        JobRow: jobs.where(JobRow.kind != "measure"),
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
    return {table.__tablename__: [_dump(row) for row in session.scalars(queries[table])] for table in TABLES}


def _dump(row: Record) -> dict[str, Any]:
    values = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in values.items()}


def _write(settings: Settings, rows: dict[str, list[dict[str, Any]]], staged: Path) -> None:
    files: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(staged, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for table, kind in FOLDERS.items():
            for name in sorted({row["folder"] for row in rows[table.__tablename__]}):
                for entry, expected in folders.verify(root(settings, kind) / name, hashes=False).items():
                    path, inside = root(settings, kind) / name / entry, f"{kind}/{name}/{entry}"
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
