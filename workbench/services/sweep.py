"""Deleting for good: what lay in the bin long enough, and folders that no row names."""

import os
import shutil
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Select, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from workbench.artefacts import folders
from workbench.store.records import (
    CheckpointRow,
    DataSetRow,
    DataVersionRow,
    DraftRow,
    EvaluationRow,
    EventRow,
    JobRow,
    MetricRow,
    ModelRow,
    ProjectRow,
    RunRow,
    ServerRow,
    SlotRow,
    now,
)
from workbench.store.session import Store
from workbench.store.views import State

_FETCHING = ("pack-", "hub-")  # folders in the cache of downloads that may have been killed
_ENDED = tuple(state.value for state in State if state.ended or state is State.PAUSED)


def empty_bin(store: Store, days: float) -> int:
    """Delete rows that have been in the bin for ``days``, then their folders; returns the bytes freed.

    A folder without a row is moved to the store's own bin once it is ``days`` old, and deleted after as long again:
    a rename may be waiting for its row, and a restored backup may be older than its folders.
    """
    with store.session() as session:
        doomed = _delete_rows(session, store, days)
    freed = sum(folders.size(folder) for folder in doomed)
    for folder in doomed:
        shutil.rmtree(folder, ignore_errors=True)
    return freed + _sweep_orphans(store, days)


def _delete_rows(session: Session, store: Store, days: float) -> list[Path]:
    """Delete what is due and return the folders that nobody needs any more."""
    before = now() - timedelta(days=days)
    settings = store.settings
    busy = select(JobRow.project_id).where(JobRow.state.not_in(_ENDED))
    projects = _ids(
        session,
        select(ProjectRow.id)
        .where(ProjectRow.owner == store.owner, ProjectRow.binned < before)
        .where(ProjectRow.id.not_in(busy)),
    )
    # A run whose model is still wanted stays beside it: the model's scores and recipe are the run's.
    wanted = select(ModelRow.run_id).where(or_(ModelRow.binned.is_(None), ModelRow.binned >= before))
    runs = _ids(
        session,
        select(RunRow.id)
        .join(JobRow, JobRow.id == RunRow.id)
        .where(RunRow.owner == store.owner, JobRow.state.in_(_ENDED))
        .where(or_(and_(RunRow.binned < before, RunRow.id.not_in(wanted)), RunRow.project_id.in_(projects))),
    )
    jobs = _ids(session, select(JobRow.id).where(or_(JobRow.id.in_(runs), JobRow.project_id.in_(projects))))
    models = session.scalars(
        select(ModelRow).where(ModelRow.owner == store.owner, or_(ModelRow.binned < before, ModelRow.run_id.in_(runs)))
    ).all()
    evaluations = session.scalars(select(EvaluationRow).where(EvaluationRow.run_id.in_(runs))).all()
    gone = [settings.models / row.folder for row in models]
    gone += [settings.evaluations / row.folder for row in evaluations]
    gone += [settings.checkpoints / run for run in runs]

    session.execute(delete(ServerRow).where(ServerRow.model_id.in_([row.id for row in models])))
    session.execute(delete(ModelRow).where(ModelRow.id.in_([row.id for row in models])))
    for table in (EvaluationRow, CheckpointRow, MetricRow):
        session.execute(delete(table).where(table.run_id.in_(runs)))
    session.execute(delete(EventRow).where(EventRow.job_id.in_(jobs)))
    session.execute(delete(RunRow).where(RunRow.id.in_(runs)))
    session.execute(update(SlotRow).where(SlotRow.job_id.in_(jobs)).values(job_id=None))
    session.execute(update(JobRow).where(JobRow.parent_id.in_(jobs)).values(parent_id=None))
    session.execute(delete(JobRow).where(JobRow.id.in_(jobs)))
    session.execute(delete(DraftRow).where(DraftRow.project_id.in_(projects)))
    gone += _delete_data_sets(session, store, before=before, projects=projects)
    session.execute(delete(ProjectRow).where(ProjectRow.id.in_(projects)))
    return gone


def _delete_data_sets(session: Session, store: Store, *, before: object, projects: Sequence[str]) -> list[Path]:
    """Data sets that are due and that no run or draft still names."""
    used = select(DataVersionRow.data_set_id).join(RunRow, RunRow.data_version_id == DataVersionRow.id)
    drafted = select(DataVersionRow.data_set_id).join(DraftRow, DraftRow.data_version_id == DataVersionRow.id)
    due = _ids(
        session,
        select(DataSetRow.id)
        .where(DataSetRow.owner == store.owner)
        .where(or_(DataSetRow.binned < before, DataSetRow.project_id.in_(projects)))
        .where(DataSetRow.id.not_in(used), DataSetRow.id.not_in(drafted)),
    )
    names = session.scalars(select(DataVersionRow.folder).where(DataVersionRow.data_set_id.in_(due))).all()
    session.execute(delete(DataVersionRow).where(DataVersionRow.data_set_id.in_(due)))
    session.execute(delete(DataSetRow).where(DataSetRow.id.in_(due)))
    kept = set(session.scalars(select(DataVersionRow.folder).where(DataVersionRow.folder.in_(names))))
    return [store.settings.datasets / name for name in names if name not in kept]


def _sweep_orphans(store: Store, days: float) -> int:
    settings = store.settings
    with store.reading() as session:
        named = {
            settings.datasets: set(session.scalars(select(DataVersionRow.folder))),
            settings.models: set(session.scalars(select(ModelRow.folder))),
            settings.evaluations: set(session.scalars(select(EvaluationRow.folder))),
            settings.checkpoints: set(session.scalars(_still_resumable())),
        }
    bin_folder = settings.home / "bin"
    for root, names in named.items():
        for folder in _old_folders(root, days):
            if folder.name not in names and folder.name != folders.STAGING:
                bin_folder.mkdir(exist_ok=True)
                os.utime(folder)  # its time in the bin begins now
                folder.rename(bin_folder / f"{root.name}-{folder.name}")
    freed = 0
    staged = [folder for root in named for folder in _old_folders(root / folders.STAGING, days)]
    unfinished = [folder for folder in _old_folders(settings.cache, days) if folder.name.startswith(_FETCHING)]
    for folder in _old_folders(bin_folder, days) + staged + unfinished:
        freed += folders.size(folder)
        shutil.rmtree(folder, ignore_errors=True)
    return freed


def _still_resumable() -> Select[str]:
    return select(RunRow.id).join(JobRow, JobRow.id == RunRow.id).where(JobRow.state != State.SUCCEEDED.value)


def _old_folders(root: Path, days: float) -> list[Path]:
    if not root.is_dir():
        return []
    before = time.time() - days * 86_400
    return [path for path in root.iterdir() if path.is_dir() and path.stat().st_mtime < before]


def _ids(session: Session, query: Select[str]) -> list[str]:
    return list(session.scalars(query))
