"""Data from elsewhere: a web address, a database, the Hub or a folder of this machine, brought to where files are read.

Each verb gives a ``Staged``; from there on it is looked at and imported as any file is (``datasets.preview_file``,
``datasets.import_file``), and ``forget`` removes what was only brought for that.
"""

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workbench import tasks
from workbench.artefacts.hub import HUB as HUB
from workbench.artefacts.packs import Progress
from workbench.data import contents
from workbench.data.sources import hub_source, local_folders, sql_source, web_source
from workbench.data.sources.hub_source import HubDataSet
from workbench.data.sources.local_folders import Place
from workbench.data.sources.samples import SAMPLES, Sample
from workbench.data.sources.sql_source import Server, Table
from workbench.errors import DataError
from workbench.store.session import Store

SQL = "sql:"
PASSWORD = "WORKBENCH_SQL_PASSWORD"  # noqa: S105  (the variable's name)
_WEB = ("https://", "http://")
_PART = "#"  # between a data set of the Hub and one of its tables


@dataclass(frozen=True, slots=True)
class Staged:
    """A file or folder to read. ``name`` is what people call it, ``source`` what a recipe does.

    ``brought`` says that it is a copy of ours, of no use once it was imported.
    """

    path: Path
    name: str
    source: str
    brought: bool = True

    @property
    def title(self) -> str:
        """What a data set of it is called unless somebody says otherwise."""
        return self.name if self.path.is_dir() else Path(self.name).stem


def is_elsewhere(source: str) -> bool:
    """Is this an address of the Hub, the web or a database, and no file?"""
    return source.startswith((HUB, SQL, *_WEB))


def refuse_password(source: str) -> None:
    """Raises DataError for the address of a database with its password in it: what is kept may not hold one."""
    if source.startswith(SQL) and sql_source.parse(source.removeprefix(SQL))[0].password:
        raise DataError(
            "the address holds a password, which would be kept with the recipe",
            where="data.source",
            remedy=f"Leave it out, and put it into {PASSWORD} when the recipe is run.",
            code="SQL-84",
        )


@contextmanager
def staged(
    store: Store,
    source: str,
    *,
    part: str | None = None,
    table: str = "",
    columns: Sequence[str] = (),
    rows: int | None = None,
    progress: Progress | None = None,
) -> Iterator[Staged]:
    """What ``source`` names (``is_elsewhere``), for as long as it is read. Raises DataError.

    ``part`` chooses among the tables of a data set of the Hub; ``table``, ``columns`` and ``rows`` what is read of a
    database, whose password may stand in WORKBENCH_SQL_PASSWORD.
    """
    if source.startswith(HUB):
        name, _, within = source.partition(_PART)
        found = from_hub(store, hub_source.find(name), within or part, progress)
    elif source.startswith(SQL):
        server, named = sql_source.parse(source.removeprefix(SQL), os.environ.get(PASSWORD, ""))
        found = from_database(store, server, table or named, columns=columns, rows=rows, progress=progress)
    else:
        found = from_web(store, source, progress)
    try:
        yield found
    finally:
        forget(found)


def from_web(store: Store, address: str, progress: Progress | None = None) -> Staged:
    """The file at an https address, where the settings allow it. Raises DataError."""
    if not store.settings.web:
        raise DataError(
            "fetching files from the web is switched off",
            remedy="Fetch the file yourself and choose it here, or start the workbench with WORKBENCH_ALLOW_WEB=1.",
            code="WEB-78",
        )
    limits = store.settings.limits
    found = web_source.fetch(
        address, _place(store), limit=limits.download_bytes, seconds=limits.download_seconds, progress=progress
    )
    return Staged(found.path, found.name, found.address.partition("?")[0])  # what follows may be a key


def find_on_hub(name: str) -> HubDataSet:
    """A data set of the Hub by ``hub:owner/name`` or ``owner/name``, and its tables. Raises DataError."""
    return hub_source.find(name)


def from_hub(store: Store, found: HubDataSet, part: str | None = None, progress: Progress | None = None) -> Staged:
    """One table of the data set; which, must be said where there are several. Raises DataError."""
    folder = _place(store).parent
    path, name = hub_source.fetch(found, part, folder, store.settings.limits, progress)
    within = f"{_PART}{part}" if part else ""
    return Staged(path, f"{found.id.rpartition('/')[2].removeprefix(HUB)} {name}", f"{found.id}{within}")


def database(
    dialect: str, host: str, port: int | None, name: str, user: str, password: str, sslmode: str = "prefer"
) -> Server:
    """A database that may be asked. Raises DataError for what is none, and for names that cannot be."""
    return sql_source.checked(dialect, host, port, name, user, password, sslmode)


def tables_of(server: Server) -> tuple[Table, ...]:
    """The tables and views that the user may read. Raises DataError."""
    return sql_source.tables(server)


def from_database(
    store: Store,
    server: Server,
    table: str,
    *,
    columns: Sequence[str] = (),
    rows: int | None = None,
    progress: Progress | None = None,
) -> Staged:
    """A table, or some columns and the first rows of it. The password is kept nowhere. Raises DataError."""
    to, limits = _place(store), store.settings.limits
    found = sql_source.copy(server, table, to, limits, columns=columns, rows=rows, progress=progress)
    return Staged(to, f"{found.name}.parquet", f"{SQL}{server.address}?table={found.title}")


def folders(store: Store) -> tuple[Place, ...]:
    """The folders of this machine from which files may be chosen; the inbox is made if it is missing."""
    if store.settings.inbox in store.settings.folders:
        store.settings.inbox.mkdir(parents=True, exist_ok=True)
    return local_folders.roots(store.settings)


def listing(store: Store, folder: Path) -> tuple[Place, ...]:
    """The folders and readable files in an allowed folder. Raises DataError."""
    return local_folders.listing(store.settings, folder, contents.ENDINGS)


def from_folder(store: Store, path: Path) -> Staged:
    """A file or folder where it lies, if it may be opened. Raises DataError."""
    real = local_folders.allowed(store.settings, path)
    return Staged(real, real.name, str(real), brought=False)


def samples() -> tuple[Sample, ...]:
    """The samples for the tasks that there are, fetched or not."""
    known = {task.name for task in tasks.TASKS}
    return tuple(sample for sample in SAMPLES if sample.task in known)


def forget(staged: Staged) -> None:
    """Remove what was brought."""
    if staged.brought and staged.path.is_dir():
        shutil.rmtree(staged.path, ignore_errors=True)
    elif staged.brought:
        staged.path.unlink(missing_ok=True)


def _place(store: Store) -> Path:
    """Where a file is brought to; what is left there is swept after a day (``datasets.sweep_uploads``)."""
    store.settings.uploads.mkdir(parents=True, exist_ok=True)
    return store.settings.uploads / uuid.uuid4().hex
