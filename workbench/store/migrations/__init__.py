"""The schema's history: brings a store up to date, after a backup, and refuses one from the future."""

import re
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, inspect, text

from workbench.errors import StoreError
from workbench.store.session import Store

HEAD = "0001"  # the newest file in versions/; a constant, so that an up-to-date store is opened without Alembic


def upgrade(store: Store) -> None:
    """Bring the schema to HEAD. A store that holds anything is backed up first.

    Raises StoreError when a newer version of the workbench made the store, or when its database has vanished
    although its folders are there.
    """
    if _exists(store) and _current(store) == HEAD:
        return
    store.settings.locks.mkdir(parents=True, exist_ok=True)
    with FileLock(store.settings.locks / "migrate.lock"):
        _refuse_to_recreate(store)
        current = _current(store)
        if current == HEAD:
            return
        if current is not None:
            if current > HEAD:
                raise StoreError(
                    f"the project store was made by a newer version of the workbench (schema {current}, here {HEAD})",
                    where=str(store.file or store.settings.home),
                    remedy="Update the workbench, or choose another store with WORKBENCH_HOME. Nothing was changed.",
                )
            backup(store, store.backups / f"before-{HEAD}-{stamp()}.db")
        with store.session() as session:
            _run(session.connection())


def backup(store: Store, to: Path) -> Path:
    """Write a consistent copy of the database, even while others write. Raises StoreError when ``to`` exists."""
    if store.file is None:
        raise StoreError("only SQLite stores are copied by the workbench", remedy="Use your database's own backup.")
    if to.exists():
        raise StoreError("a file with this name exists already", where=str(to), remedy="Choose another name.")
    to.parent.mkdir(parents=True, exist_ok=True)
    staged = to.with_name(f".{to.name}.part")
    staged.unlink(missing_ok=True)
    with store.reading() as session:
        connection = session.connection()
        connection.exec_driver_sql("ROLLBACK")  # VACUUM cannot run inside a transaction
        connection.exec_driver_sql("VACUUM INTO ?", (str(staged),))
        connection.exec_driver_sql("BEGIN")
    staged.rename(to)
    return to


def _current(store: Store) -> str | None:
    with store.reading() as session:
        connection = session.connection()
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) if found and re.fullmatch(r"\w+", str(found)) else None


def _exists(store: Store) -> bool:
    return store.file is None or (store.file.is_file() and store.file.stat().st_size > 0)


def _refuse_to_recreate(store: Store) -> None:
    """A missing database beside full folders is a loss to be told, not an empty store to be made."""
    settings = store.settings
    precious = (settings.datasets, settings.models, settings.checkpoints, settings.evaluations, store.backups)
    if _exists(store) or not any(path.is_dir() and any(path.iterdir()) for path in precious):
        return
    newest = store.newest_backup()
    raise StoreError(
        "the database of this project store is missing, although data sets or models lie beside it",
        where=str(store.file),
        remedy=(f"The newest backup is {newest}: copy it there." if newest else "Put the file back.")
        + " Nothing was changed. For a new, empty store set WORKBENCH_HOME to another folder.",
    )


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            f"the project store cannot be brought up to date ({error})",
            remedy="Nothing was changed. Restore a backup, or choose another store with WORKBENCH_HOME.",
        ) from error


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
