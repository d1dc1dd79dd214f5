"""A table of a database server: read in a read-only transaction, row by row into a file that is then imported.

Nobody writes SQL here: dialect, options and table are chosen from closed lists, names are quoted, values bound.
"""

import difflib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnClause,
    Connection,
    bindparam,
    column,
    create_engine,
    exc,
    func,
    inspect,
    select,
    table,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.pool import NullPool

from workbench.data.cells import written
from workbench.errors import DataError
from workbench.settings import Limits

Progress = Callable[[str, float | None], None]

DIALECTS = {"postgresql": ("postgresql+psycopg", 5432), "mysql": ("mysql+pymysql", 3306)}
ALIASES = {"mariadb": "mysql"}  # the same wire and the same driver
SSL_MODES = ("prefer", "disable", "require", "verify-full")
_CODE = "SQL-79"
_SECONDS = 10  # until a server answers the door
_ROWS = 2_000  # rows that are in memory at once
_LISTED = 5_000  # tables
_OPTIONS = ("sslmode", "table")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_DATABASE = re.compile(r"[\w$ .-]{1,128}")
_USER = re.compile(r"[^\x00-\x1f\x7f/@:]{0,128}")
_SYSTEM = ("pg_catalog", "information_schema", "mysql", "performance_schema", "sys")
_REMEDY = "Write it as postgresql://user@host:5432/database, or with mysql or mariadb."


@dataclass(frozen=True, slots=True)
class Server:
    """A database on a server; ``address`` says it without the password, which is kept nowhere."""

    dialect: str
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    sslmode: str = "prefer"

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.dialect}://{self.user}{'@' if self.user else ''}{host}:{self.port}/{self.database}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view by its whole name, such as ``public.reviews``, and its columns."""

    schema: str
    name: str
    columns: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.schema}.{self.name}"


def parse(address: str, password: str = "") -> tuple[Server, str]:
    """The server that an address means, and the table that it names, if it does. Raises DataError.

    ``password`` is the one to use where the address holds none.
    """
    try:
        url = make_url(address.strip())
        query = {key: value for key, value in url.query.items() if isinstance(value, str)}
    except (exc.SQLAlchemyError, ValueError):
        raise _refused("this is no address of a database", "", _REMEDY) from None
    unknown = sorted(set(url.query) - set(_OPTIONS) | set(url.query) - set(query))
    if unknown:
        what = f"the option '{unknown[0][:40]}' is not one of {', '.join(_OPTIONS)}"
        raise _refused(what, "", "Leave it out.")
    server = checked(
        url.drivername,
        url.host or "",
        url.port,
        url.database or "",
        url.username or "",
        str(url.password) if url.password is not None else password,
        query.get("sslmode", "prefer"),
    )
    return server, query.get("table", "")


def checked(
    dialect: str, host: str, port: int | None, database: str, user: str, password: str, sslmode: str = "prefer"
) -> Server:
    """A server of a kind that may be asked. Raises DataError for files, drivers and options of any other kind."""
    known = ALIASES.get(dialect, dialect)
    if known not in DIALECTS:
        near = ", ".join([*DIALECTS, *ALIASES])
        raise _refused(f"'{dialect[:40]}' is none of the databases that can be read: {near}", "", _REMEDY)
    if not _HOST.fullmatch(host) or len(host) > 255:
        raise _refused("a database is reached at a host, not at a file or a socket", dialect, _REMEDY)
    if port is not None and not 0 < port < 65536:
        raise _refused(f"{port} is no port", host, _REMEDY)
    if not _DATABASE.fullmatch(database):
        raise _refused("the database's name is missing, or holds signs that no name has", host, _REMEDY)
    if not _USER.fullmatch(user) or "\0" in password:
        raise _refused("the user's name or password holds signs that it cannot have", host, _REMEDY)
    if sslmode not in SSL_MODES:
        raise _refused(f"'{sslmode[:40]}' is no sslmode", host, f"Choose one of: {', '.join(SSL_MODES)}.")
    return Server(known, host, port or DIALECTS[known][1], database, user, password, sslmode)


def tables(server: Server) -> tuple[Table, ...]:
    """The tables and views that the user may read, without their columns. Raises DataError."""
    with _reading(server, 60.0) as connection:
        return _tables(connection, server)


def copy(
    server: Server,
    wanted: str,
    to: Path,
    limits: Limits,
    *,
    columns: Sequence[str] = (),
    rows: int | None = None,
    progress: Progress | None = None,
) -> Table:
    """Write the table, or some ``columns`` and the first ``rows`` of it, to the Parquet file ``to``, as text.

    ``wanted`` is "schema.table", or "table" where one schema alone has it. Rows come in the order of the primary key.
    Raises DataError, and then no file is left behind.
    """
    try:
        with _reading(server, limits.download_seconds) as connection:
            found = _found(_tables(connection, server), wanted, server)
            there = _columns(connection, found)
            chosen = tuple(columns) or there
            missing = next((name for name in chosen if name not in there), None)
            if missing is not None or len(set(chosen)) < len(chosen):
                what = "a column is asked for twice" if missing is None else f"there is no column '{missing}'"
                raise _refused(what, f"{server.address}, {found.title}", f"Its columns are: {_listed(there)}.")
            _write(connection, server, Table(found.schema, found.name, chosen), to, limits, rows, progress)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return Table(found.schema, found.name, chosen)


def _write(
    connection: Connection,
    server: Server,
    wanted: Table,
    to: Path,
    limits: Limits,
    rows: int | None,
    progress: Progress | None,
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    where = f"{server.address}, {wanted.title}"
    most = limits.cells // len(wanted.columns)
    end = time.monotonic() + limits.download_seconds
    source = table(wanted.name, *map(column, wanted.columns), schema=wanted.schema)
    key = inspect(connection).get_pk_constraint(wanted.name, schema=wanted.schema).get("constrained_columns") or []
    order: list[ColumnClause[Any]] = [column(name, _selectable=source) for name in key]
    query = select(*source.columns).order_by(*order).limit(min(rows or most + 1, most + 1))
    schema = pa.schema([(name, pa.string()) for name in wanted.columns])
    done = 0
    with pq.ParquetWriter(to, schema, compression="zstd") as file:
        result = connection.execution_options(yield_per=_ROWS).execute(query)
        for part in result.partitions(_ROWS):
            done += len(part)
            cells = [
                [None if value is None else written(value) for value in values] for values in zip(*part, strict=True)
            ]
            file.write_table(pa.table([pa.array(column, pa.string()) for column in cells], schema))
            if progress:
                progress(f"Reading {wanted.title} ({done:,} rows)", None)
            if done > most:
                what = f"the table has more than {limits.cells:,} cells"
                raise _refused(what, where, "Choose fewer columns or rows.", "SQL-18")
            if time.monotonic() > end or to.stat().st_size > limits.download_bytes:
                late = time.monotonic() > end
                what = f"more than {limits.download_seconds:g} seconds" if late else "more bytes than are allowed"
                raise _refused(f"reading the table takes {what}", where, "Choose fewer columns or rows.")


def _tables(connection: Connection, server: Server) -> tuple[Table, ...]:
    listed = table("tables", column("table_schema"), column("table_name"), schema="information_schema")
    query = (
        select(listed.c.table_schema, listed.c.table_name)
        .where(listed.c.table_schema.not_in(bindparam("system", _SYSTEM, expanding=True)))
        .order_by(listed.c.table_schema, listed.c.table_name)
        .limit(_LISTED)
    )
    found = tuple(Table(schema, name) for schema, name in connection.execute(query).tuples())
    if not found:
        raise _refused("there is no table that this user may read", server.address, "Ask for the right to read one.")
    return found


def _columns(connection: Connection, wanted: Table) -> tuple[str, ...]:
    names: list[ColumnClause[Any]] = [
        column(name) for name in ("table_schema", "table_name", "column_name", "ordinal_position")
    ]
    listed = table("columns", *names, schema="information_schema")
    query = (
        select(listed.c.column_name)
        .where(listed.c.table_schema == wanted.schema, listed.c.table_name == wanted.name)
        .order_by(listed.c.ordinal_position)
    )
    return tuple(connection.scalars(query))


def _found(there: Sequence[Table], wanted: str, server: Server) -> Table:
    found = [one for one in there if wanted in (one.title, one.name)]
    exact = [one for one in found if one.title == wanted]
    if len(exact or found) == 1:
        return (exact or found)[0]
    titles = [one.title for one in found or there]
    near = difflib.get_close_matches(wanted, titles, 1)
    remedy = f"Did you mean '{near[0]}'?" if near and not found else f"Choose one of: {_listed(titles)}."
    what = (
        f"several tables are called '{wanted}'"
        if found
        else f"there is no table '{wanted}'"
        if wanted
        else "no table is chosen"
    )
    raise _refused(what, server.address, remedy, "SQL-22")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(name[:60] for name in names[:20]) + (", …" if len(names) > 20 else "")


@contextmanager
def _reading(server: Server, seconds: float) -> Iterator[Connection]:
    """A connection in a transaction that can change nothing and ends by itself. Raises DataError."""
    url = URL.create(
        DIALECTS[server.dialect][0],
        server.user or None,
        server.password or None,
        server.host,
        server.port,
        server.database,
    )
    postgresql = server.dialect == "postgresql"
    arguments = _postgresql(server) if postgresql else _mysql(server, seconds)
    engine = create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
    try:
        with engine.connect() as connection:
            if postgresql:
                connection.execution_options(postgresql_readonly=True)
                connection.execute(select(func.set_config("statement_timeout", str(round(seconds * 1000)), True)))
            else:
                _limit_mysql(connection, seconds)
            yield connection
            connection.rollback()
    except (exc.SQLAlchemyError, OSError, ValueError) as error:
        where, what = server.address, _said(error, server.password)
        remedy = "Check host, user, password and rights."
        raise _refused(f"the database refused or failed ({what})", where, remedy) from None
    finally:
        engine.dispose()


def _postgresql(server: Server) -> dict[str, Any]:
    """The driver's settings; passwords, certificates and tickets of whoever runs the workbench stay out of it."""
    return {
        "connect_timeout": _SECONDS,
        "sslmode": server.sslmode,
        "application_name": "ai-workbench",
        "passfile": os.devnull,
        "gssencmode": "disable",
        "require_auth": "none,password,md5,scram-sha-256",
        **({"sslrootcert": "system"} if server.sslmode == "verify-full" else {}),
    }


def _mysql(server: Server, seconds: float) -> dict[str, Any]:
    """The driver's settings; with ``local_infile`` a server could ask for this machine's files."""
    ways: dict[str, dict[str, Any]] = {
        "disable": {"ssl_disabled": True},
        "require": {"ssl": {"check_hostname": False}},
        "verify-full": {"ssl_verify_cert": True, "ssl_verify_identity": True},
    }
    limits = {"connect_timeout": _SECONDS, "read_timeout": max(1, round(seconds)), "write_timeout": _SECONDS}
    return {"charset": "utf8mb4", "local_infile": False, **limits, **ways.get(server.sslmode, {})}


def _limit_mysql(connection: Connection, seconds: float) -> None:
    connection.execute(text("SET SESSION TRANSACTION READ ONLY"))
    if getattr(connection.dialect, "is_mariadb", False):
        connection.execute(text("SET SESSION max_statement_time = :limit"), {"limit": seconds})
    else:
        connection.execute(text("SET SESSION max_execution_time = :limit"), {"limit": round(seconds * 1000)})
    connection.commit()  # the next statement begins the transaction that only reads


def _said(error: Exception, password: str) -> str:
    """The first line of what the server or the driver says, without the password."""
    cause = getattr(error, "orig", None) or error
    reason = str(cause.args[-1] if cause.args else cause).strip() or type(cause).__name__
    line = " ".join(reason.splitlines()[0].split())
    line = re.sub(r"//[^/\s@]+@", "//", line)
    return (line.replace(password, "…") if password else line)[:300]


def _refused(what: str, where: str, remedy: str, code: str = _CODE) -> DataError:
    return DataError(what, where=where, remedy=f"Nothing was imported. {remedy}", code=code)
