"""The one way into the project store: transactions that commit, roll back, and say plainly why they cannot."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound, OperationalError
from sqlalchemy.orm import Session
from tenacity import Retrying as Retries
from tenacity import retry_if_exception, stop_after_delay, wait_random_exponential

from workbench.errors import Conflict, NotFound, StoreError
from workbench.settings import Settings

_BUSY, _LOCKED, _READONLY, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 11, 13, 14, 26


class Store:
    """The project store as one person sees it.

    Cheap to make, safe to share between threads, and to carry over a fork (the engine is made anew there).
    ``patience`` is how many seconds a transaction waits for a lock that somebody else holds.
    """

    def __init__(self, settings: Settings, owner: str = "local", *, patience: float = 10.0) -> None:
        self.settings = settings
        self.owner = owner
        self.patience = patience
        self._engine: Engine | None = None
        self._pid = 0

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A writing transaction: committed when the block ends well, otherwise rolled back.

        It takes the write lock at its beginning, so what it reads cannot change before it writes. Raises
        StoreError (locked, read-only, damaged, disk full) and Conflict (a constraint of the tables) in plain words.
        """
        with self._translated(), self._begin(reading=False) as session:
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads, and so waits for nobody who is about to write."""
        with self._translated(), self._begin(reading=True) as session:
            yield session

    def check(self) -> None:
        """Raise StoreError when the database is damaged (SQLite's quick_check)."""
        if self.file is None:
            return
        with self.reading() as session:
            findings = [str(row[0]) for row in session.connection().exec_driver_sql("PRAGMA quick_check(3)")]
        if findings != ["ok"]:
            raise self._damaged("; ".join(findings))

    @property
    def engine(self) -> Engine:
        """The engine of this process: connections must not cross a fork."""
        if self._engine is None or self._pid != os.getpid():
            if self._engine is not None:
                self._engine.dispose(close=False)  # the parent's connections are the parent's to close
            self._engine, self._pid = _engine(self.settings.database_url, self.patience), os.getpid()
        return self._engine

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for another kind of database."""
        url = make_url(self.settings.database_url)
        if url.get_backend_name() != "sqlite" or not url.database:
            return None
        return Path(url.database.removeprefix("file:"))

    @property
    def backups(self) -> Path:
        return self.settings.home / "backups"

    def newest_backup(self) -> Path | None:
        """The youngest copy that ``VACUUM INTO`` made, if there is one."""
        files = sorted(self.backups.glob("*.db"), key=lambda path: path.stat().st_mtime)
        return files[-1] if files else None

    def close(self) -> None:
        """Close the connections of this process."""
        if self._engine is not None:
            self._engine.dispose(close=self._pid == os.getpid())
            self._engine = None

    @contextmanager
    def _begin(self, *, reading: bool) -> Iterator[Session]:
        retries = Retries(
            retry=retry_if_exception(_is_locked),
            stop=stop_after_delay(self.patience),
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
            reraise=True,
        )
        engine = self.engine.execution_options(reading=reading)
        session = Session(engine, expire_on_commit=False)
        try:
            for attempt in retries:
                with attempt:
                    session.connection()  # BEGIN now, so that nothing is lost when it has to be tried again
            yield session
        finally:
            session.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except IntegrityError as error:
            raise Conflict(
                f"the change does not fit what the project store holds now ({error.orig})",
                remedy="Somebody changed or deleted it in the meantime; reload the page and try again.",
            ) from error
        except NoResultFound as error:
            raise NotFound("this was deleted in the meantime", remedy="Reload the page.") from error
        except DBAPIError as error:
            raise self._plain(error) from error

    def _plain(self, error: DBAPIError) -> StoreError:
        where = str(self.file or "the project store")
        code = _code(error)
        if code in (_BUSY, _LOCKED):
            return StoreError(
                f"the project store was locked by another process for more than {self.patience:g} seconds",
                where=where,
                remedy="Nothing was changed. Close other programs that have this file open, then try again.",
            )
        if code == _READONLY:
            return StoreError(
                "the project store is read-only: everything can be looked at, but nothing changed",
                where=where,
                remedy=f"Make the file and its folder writable, or move the store. {self._offer()}",
            )
        if code in (_CORRUPT, _NOTADB):
            return self._damaged(str(error.orig))
        if code == _FULL:
            return StoreError("the disk is full", where=where, remedy="Nothing was changed. Free some room, try again.")
        if code == _CANTOPEN:
            return StoreError(
                "the project store cannot be opened",
                where=where,
                remedy="Check that the folder exists and that you may write in it, or set WORKBENCH_HOME.",
            )
        return StoreError(
            f"the project store could not do this ({error.orig})",
            where=where,
            remedy="Nothing was changed. Try again; if it stays so, look into the store's logs folder.",
        )

    def _damaged(self, detail: str) -> StoreError:
        return StoreError(
            f"the project store is damaged ({detail})",
            where=str(self.file),
            remedy=f"It was left as it is. {self._offer()}",
        )

    def _offer(self) -> str:
        backup = self.newest_backup()
        if backup is None:
            return "There is no backup in its folder; data sets and models lie unharmed beside it."
        return f"The newest backup is {backup}: stop the workbench, set the damaged file aside, copy the backup there."


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Is this SQLite free of the defect that can lose a WAL's last transactions when it is reset?"""
    return version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)


def _engine(url: str, patience: float) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, never by the driver
        connection.execute(f"PRAGMA busy_timeout={round(patience * 1000)}")
        connection.execute(f"PRAGMA journal_mode={'WAL' if wal_is_safe() else 'DELETE'}")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _code(error: DBAPIError) -> int:
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF  # the low byte is the kind, the rest detail


def _is_locked(error: BaseException) -> bool:
    return isinstance(error, OperationalError) and _code(error) in (_BUSY, _LOCKED)
