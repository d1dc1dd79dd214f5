"""Data sets: look at a file, bring it in as a new version, look at its table, prepare its rows."""

import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workbench.artefacts import folders, staging
from workbench.data import image_files, reading, tables
from workbench.data.profiles import profile as profiles
from workbench.data.profiles.profile import TableProfile
from workbench.data.progress import Progress
from workbench.data.read_options import Preview, ReadOptions, Taken
from workbench.data.reader import PROFILE, REJECTS
from workbench.data.sources import samples as sample_packs
from workbench.data.sources.samples import Sample
from workbench.errors import DataError, NotFound
from workbench.prepare import cache
from workbench.prepare.changes import Change, changes
from workbench.prepare.prepared import Prepared
from workbench.recipe import Recipe
from workbench.services import owned, projects
from workbench.store.records import DataSetRow, DataVersionRow, now
from workbench.store.session import Store
from workbench.store.views import DataVersionView
from workbench.tasks.resolve import prepare, resolve

_UPLOAD_HOURS = 24.0


def preview_file(store: Store, path: Path, options: ReadOptions | None = None, *, name: str = "") -> Preview:
    """What the file would become, with every problem that would stop its import. ``name`` is what people call it.

    Raises DataError when it is no table at all. Nothing is kept.
    """
    return reading.preview(path, name or path.name, options or ReadOptions(), store.settings.limits)


def preview_text(store: Store, text: str, options: ReadOptions | None = None, *, name: str) -> Preview:
    """The same for pasted text."""
    with _as_file(store, text) as path:
        return preview_file(store, path, options, name=name)


def import_file(
    store: Store,
    project_id: str,
    path: Path,
    *,
    name: str,
    source: str | None = None,
    options: ReadOptions | None = None,
    set_aside: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> DataVersionView:
    """Bring a file into the project as a version of the data set called ``name``.

    ``source`` is what a recipe calls it (the name, if not given). A table with the same content as a version that
    is there already is that version. With ``set_aside``, rows that are not whole go to the version's rejects
    (``rejects``) instead of stopping the import. ``progress`` hears at least twice a second how far it is; what it
    raises ends the import. Raises DataError, and then nothing was imported.
    """
    projects.get(store, project_id)
    sweep_uploads(store)
    name = " ".join(name.split())[:400] or "data"
    source = source or name
    with staging.held_folder(store.settings.datasets) as held:
        into = held / "version"
        into.mkdir()
        taken = reading.take(
            path,
            source,
            options or ReadOptions(),
            store.settings.limits,
            into,
            set_aside=set_aside,
            progress=progress,
        )
        return keep(store, project_id, name, source, taken, into)


def import_text(
    store: Store,
    project_id: str,
    text: str,
    *,
    name: str,
    options: ReadOptions | None = None,
    set_aside: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> DataVersionView:
    """Bring pasted text into the project; otherwise like ``import_file``."""
    encoded = ReadOptions(encoding="utf-8") if options is None else options
    with _as_file(store, text) as path:
        return import_file(store, project_id, path, name=name, options=encoded, set_aside=set_aside, progress=progress)


def import_sample(
    store: Store, project_id: str, sample_id: str, *, progress: Callable[[Progress], None] | None = None
) -> DataVersionView:
    """Bring a sample into the project, fetching its pack if it is not here. Raises PackError, DataError."""
    sample = sample_packs.by_id(sample_id)
    if sample is None:
        raise DataError(
            f"there is no sample '{sample_id}'",
            remedy=f"Choose one of: {', '.join(sample.id for sample in samples())}.",
            code="DATA-02",
        )
    with sample_packs.files(store.settings, sample) as path:
        return import_file(
            store,
            project_id,
            path,
            name=sample.title,
            source=sample.id,
            options=sample.options,
            progress=progress,
        )


def samples() -> tuple[Sample, ...]:
    """The data sets that come as packs, fetched or not."""
    return sample_packs.SAMPLES


def list_datasets(store: Store, project_id: str, *, binned: bool = False) -> list[DataVersionView]:
    """The newest version of each data set of the project, the newest data set first."""
    newest = (
        select(DataVersionRow.data_set_id, func.max(DataVersionRow.number).label("number"))
        .group_by(DataVersionRow.data_set_id)
        .subquery()
    )
    query = (
        select(DataVersionRow, DataSetRow)
        .join(DataSetRow, DataSetRow.id == DataVersionRow.data_set_id)
        .join(newest, (newest.c.data_set_id == DataSetRow.id) & (newest.c.number == DataVersionRow.number))
        .where(DataSetRow.project_id == project_id, DataSetRow.owner == store.owner)
        .where(DataSetRow.binned.is_not(None) if binned else DataSetRow.binned.is_(None))
        .order_by(DataSetRow.created.desc(), DataSetRow.id)
    )
    with store.reading() as session:
        owned.project(session, store, project_id)
        return [_view(row, data_set) for row, data_set in session.execute(query).tuples()]


def versions(store: Store, data_set_id: str) -> list[DataVersionView]:
    """All versions of one data set, the newest first."""
    with store.reading() as session:
        data_set = _find_set(session, store, data_set_id)
        query = select(DataVersionRow).where(DataVersionRow.data_set_id == data_set_id)
        rows = session.scalars(query.order_by(DataVersionRow.number.desc()))
        return [_view(row, data_set) for row in rows]


def version(store: Store, version_id: str) -> DataVersionView:
    """One version, in the bin or not. Raises NotFound."""
    with store.reading() as session:
        row = session.get(DataVersionRow, version_id)
        if row is None or row.owner != store.owner:
            raise _gone()
        return _view(row, _find_set(session, store, row.data_set_id))


def table(store: Store, version_id: str, first: int | None = None) -> pd.DataFrame:
    """The version's table, or only its ``first`` rows: strings, indexed by source row."""
    return tables.read_table(folder(store, version_id), first)


def profile(store: Store, version_id: str) -> TableProfile:
    """What is known about the version's columns. Raises DataError when the file is gone or damaged."""
    path = folder(store, version_id) / PROFILE
    try:
        return profiles.from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            "what was known of this table is missing or damaged",
            where=str(path),
            remedy="Import the data again, or bring the store's folder back from a backup.",
        ) from error


def rejects(store: Store, version_id: str) -> Path | None:
    """The CSV file of rows that were set aside at import, if there were any."""
    path = folder(store, version_id) / REJECTS
    return path if path.exists() else None


def images(store: Store, version_id: str) -> Path | None:
    """The folder of the version's images, which the cells of its column ``image`` name; None if it has none."""
    path = folder(store, version_id) / image_files.FOLDER
    return path if path.is_dir() else None


def folder(store: Store, version_id: str) -> Path:
    """Where the version's table lies."""
    return store.settings.datasets / version(store, version_id).folder


def prepared(store: Store, recipe: Recipe, version_id: str) -> Prepared:
    """The version's rows as ``recipe`` trains on them; prepared once, then read from the cache.

    Raises RecipeError and DataError (``tasks.resolve``, ``prepare_table``).
    """
    resolved = resolve(recipe)
    found = version(store, version_id)
    name = cache.key(found.sha256, resolved.roles, resolved.prepare, recipe.split, recipe.split_seed)
    path = store.settings.datasets / found.folder
    return cache.kept(store.settings.cache / "prepared", name, lambda: prepare(resolved, tables.read_table(path)))


def preview_steps(store: Store, recipe: Recipe, version_id: str, limit: int = 20) -> list[Change]:
    """Rows before and after the preparation, those that change or go first; raises what ``prepared`` raises."""
    made = prepared(store, recipe, version_id)
    return changes(table(store, version_id), resolve(recipe).roles, made, limit)


def move_to_bin(store: Store, data_set_id: str) -> None:
    """Put a data set with all its versions into the bin, from where it can be restored; runs keep using it."""
    with store.session() as session:
        row = _find_set(session, store, data_set_id)
        row.binned = row.binned or now()


def restore(store: Store, data_set_id: str) -> None:
    """Take a data set out of the bin."""
    with store.session() as session:
        _find_set(session, store, data_set_id).binned = None


def sweep_uploads(store: Store, hours: float = _UPLOAD_HOURS) -> int:
    """Delete uploads that nobody imported, because the browser was closed for instance; returns how many."""
    before = time.time() - hours * 3600
    swept = 0
    for path in store.settings.uploads.glob("*"):
        if path.stat().st_mtime >= before:
            continue
        if path.is_dir():  # pasted text
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        swept += 1
    return swept


def keep(store: Store, project_id: str, name: str, source: str, taken: Taken, made: Path) -> DataVersionView:
    """Commit the table in the folder ``made`` as a version: the folder first, then the row that names it."""
    place = uuid.uuid4().hex
    with folders.new_folder(store.settings.datasets, place) as staged:
        for path in made.iterdir():
            path.rename(staged / path.name)
    with store.session() as session:
        owned.project(session, store, project_id)
        version = _register(session, store, project_id, name, source, taken, place)
    if version.folder != place:  # the same content was there already
        shutil.rmtree(store.settings.datasets / place, ignore_errors=True)
    return version


def _register(
    session: Session, store: Store, project_id: str, name: str, source: str, taken: Taken, place: str
) -> DataVersionView:
    """The row of the folder ``place``, or the one that names the same content in the same data set."""
    data_set = _named(session, store, project_id, name)
    if data_set is None:
        data_set = DataSetRow(id=uuid.uuid4().hex, project_id=project_id, owner=store.owner, name=name, binned=None)
        session.add(data_set)
        session.flush()  # the version refers to it
    mine = DataVersionRow.data_set_id == data_set.id
    row = session.scalar(select(DataVersionRow).where(mine, DataVersionRow.sha256 == taken.sha256))
    if row is None:
        aside = f"Set aside: {taken.set_aside:,} {'row' if taken.set_aside == 1 else 'rows'}."
        row = DataVersionRow(
            id=uuid.uuid4().hex,
            data_set_id=data_set.id,
            owner=store.owner,
            number=(session.scalar(select(func.max(DataVersionRow.number)).where(mine)) or 0) + 1,
            folder=place,
            source=source,
            sha256=taken.sha256,
            rows=taken.rows,
            columns=list(taken.columns),
            bytes=folders.size(store.settings.datasets / place),
            note=" ".join([*taken.notes, aside] if taken.set_aside else taken.notes)[:400],
        )
        session.add(row)
        session.flush()
    return _view(row, data_set)


def _named(session: Session, store: Store, project_id: str, name: str) -> DataSetRow | None:
    return session.scalar(
        select(DataSetRow)
        .where(DataSetRow.project_id == project_id, DataSetRow.owner == store.owner)
        .where(DataSetRow.name == name, DataSetRow.binned.is_(None))
        .order_by(DataSetRow.created.desc())
        .limit(1)
    )


def _find_set(session: Session, store: Store, data_set_id: str) -> DataSetRow:
    row = session.get(DataSetRow, data_set_id)
    if row is None or row.owner != store.owner:
        raise _gone()
    return row


def _gone() -> NotFound:
    return NotFound("this data set was deleted", remedy="Choose another one on the Data page.")


@contextmanager
def _as_file(store: Store, text: str) -> Iterator[Path]:
    """Pasted text as a file of ours, for as long as it is read."""
    store.settings.uploads.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=store.settings.uploads) as temporary:
        path = Path(temporary) / "pasted.txt"
        path.write_text(text, encoding="utf-8", newline="", errors="replace")
        yield path


def _view(row: DataVersionRow, data_set: DataSetRow) -> DataVersionView:
    return DataVersionView(
        id=row.id,
        data_set_id=row.data_set_id,
        project_id=data_set.project_id,
        name=data_set.name,
        number=row.number,
        source=row.source,
        sha256=row.sha256,
        rows=row.rows,
        columns=tuple(row.columns),
        bytes=row.bytes,
        folder=row.folder,
        note=row.note,
        created=row.created,
        binned=data_set.binned,
    )
