"""An SQLite database: opened read-only, as if nobody could change it, its tables and views offered as parts."""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

from workbench.data.encoding import MARK
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.record_columns import named
from workbench.data.tally import Reject, RowError
from workbench.data.typed_rows import TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

TITLE = "SQLite database"
ENDINGS: tuple[str, ...] = (".sqlite", ".sqlite3", ".db", ".db3")
_CODE = "SQLITE"
_MAGIC = b"SQLite format 3\x00"
_LOGGED = (2, 2)  # the header's versions of a database whose last changes may lie in another file
_CELL = 1 << 30  # bytes; a longer cell is an error of SQLite's, a shorter one of the reader's
_DAMAGED = "Nothing was imported. It may have been cut off: copy it again while no program writes to it."
_UNREADABLE = (sqlite3.Error, UnicodeError)  # the second where the database's own names are no text
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s", re.IGNORECASE)
_SHADOWS = (  # endings of the tables in which FTS5, FTS3 and FTS4, and R*Tree keep what a virtual table shows
    *("data", "idx", "content", "docsize", "config"),
    *("segments", "segdir", "stat"),
    *("node", "parent", "rowid"),
)
_FORBIDDEN = ("load_extension", "readfile", "writefile", "edit", "fts3_tokenizer")


def fits(path: Path, start: bytes) -> bool:  # noqa: ARG001
    """Does the file begin with SQLite's mark?"""
    return start.startswith(_MAGIC)


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
    """Its tables and views. Raises DataError when the file is damaged, or holds no table."""
    _refuse_cut_off(path, name)
    try:
        with closing(_open(path)) as database:
            parts, virtual = _tables(database)
            if not parts:
                raise _no_table(name, virtual)
            part, problems = choose(_CODE, name, "table", parts, options)
            cursor = database.execute(f"{_rows_of(part)} LIMIT 0")
            keys = [column[0] for column in cursor.description]
            expected = _count(database, part)
    except _UNREADABLE as error:
        raise DataError(
            f"the database cannot be read ({error})", where=name, remedy=_DAMAGED, code=f"{_CODE}-23"
        ) from None
    if len(keys) > limits.columns:
        raise DataError(
            f"the table has {len(keys):,} columns; the limit is {limits.columns:,}",
            where=f'{name}, table "{part}"',
            remedy="Nothing was imported. Keep only the columns that are needed.",
            code=f"{_CODE}-13",
        )
    options = replace(options, part=part)
    columns, more, notes = named(_CODE, f'{name}, table "{part}"', keys, options)

    def place(row: int, column: int | None) -> str:
        where = f'{name}, table "{part}", row {row}'
        return where if column is None else f'{where}, column "{columns[column]}"'

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> TypedRows:
        return TypedRows(_CODE, columns, _rows(path, part, place), place, limits, reject)

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=1,
        notes=(*_logged(path), *_left_out(virtual), *notes),
        problems=(*problems, *more),
        rows=rows,
        parts=parts,
        expected=expected,
    )


def _refuse_cut_off(path: Path, name: str) -> None:
    """Raise DataError for fewer bytes than the header promises: SQLite reads what is missing as empty cells.

    The header's count of pages holds where its change counter equals its "version valid for" number
    (https://www.sqlite.org/fileformat.html, 1.3.7).
    """
    with path.open("rb") as file:
        header = file.read(100)
    size, pages = int.from_bytes(header[16:18]), int.from_bytes(header[28:32])
    promised = (65_536 if size == 1 else size) * pages
    found = path.stat().st_size
    if header[24:28] == header[92:96] and found < promised:
        raise DataError(
            f"the database is cut off: it says that it has {promised:,} bytes, and there are {found:,}",
            where=name,
            remedy=_DAMAGED,
            code=f"{_CODE}-23",
        )


def _rows_of(part: str) -> str:
    """The only statement there is; ``part`` is one of the names found, quoted whatever characters it holds."""
    name = part.replace('"', '""')
    return " ".join(("SELECT * FROM", f'"{name}"'))


def _open(path: Path) -> sqlite3.Connection:
    """A connection that can do nothing but read: no file is made or looked for beside the database."""
    database = sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True, cached_statements=0)
    database.text_factory = lambda content: content.decode("utf-8", "workbench.mark")
    database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _CELL)
    database.execute("PRAGMA query_only = ON")
    database.execute("PRAGMA trusted_schema = OFF")  # a view may call no function that does more than compute
    database.execute("PRAGMA cell_size_check = ON")
    database.set_authorizer(_authorise)
    return database


def _authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:  # noqa: ARG001
    """Reading, and functions that compute: whatever else a view may hold is refused."""
    harmless = action != sqlite3.SQLITE_FUNCTION or (second or "").lower() not in _FORBIDDEN
    return sqlite3.SQLITE_OK if action in _ALLOWED and harmless else sqlite3.SQLITE_DENY


def _tables(database: sqlite3.Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Tables that are no machinery of SQLite's own, then views; and the virtual tables, which are left out."""
    found = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, rowid"
    ).fetchall()
    made = [(name.replace(MARK, "\N{REPLACEMENT CHARACTER}"), sql or "") for name, sql in found]
    virtual = {name: sql for name, sql in made if _VIRTUAL.match(sql)}
    shadows = {
        f"{name}_{ending}"
        for name, sql in virtual.items()
        for ending in _SHADOWS
        if f"{name}_{ending}" not in sql  # else it is a table of the user's, over which an index was made
    }
    plain = tuple(name for name, _ in made if name not in virtual and name not in shadows)
    return plain, tuple(virtual)


def _no_table(name: str, virtual: Sequence[str]) -> DataError:
    if not virtual:
        what, remedy = "the database holds no table: no rows", "Choose a database with tables."
    else:
        listed = ", ".join(f"'{one[:60]}'" for one in virtual[:5])
        what = f"the database holds only virtual tables ({listed}), whose rows an extension of SQLite makes"
        remedy = "Nothing was imported. Copy its rows into a plain table with the program that made the database."
    return DataError(what, where=name, remedy=remedy, code=f"{_CODE}-04")


def _count(database: sqlite3.Connection, part: str) -> int | None:
    """How many rows a table has; of a view that would be as much work as to read it."""
    kind = database.execute("SELECT type FROM sqlite_master WHERE name = ?", (part,)).fetchone()
    if kind != ("table",):
        return None
    (count,) = database.execute(_rows_of(part).replace("*", "count(*)", 1)).fetchone()
    return int(count)


def _rows(path: Path, part: str, place: Callable[[int, int | None], str]) -> Iterator[tuple[int, Sequence[object]]]:
    """Every row by its number, counted from 1. Raises RowError where the file is damaged."""
    row = 0
    try:
        with closing(_open(path)) as database:
            for row, values in enumerate(database.execute(_rows_of(part)), 1):
                yield row, values
    except _UNREADABLE as error:
        raise RowError(
            Problem(
                level="error",
                code=f"{_CODE}-23",
                where=place(row + 1, None),
                what=f"the database cannot be read ({error})",
                remedy=_DAMAGED.removeprefix("Nothing was imported. "),
            )
        ) from None


def _left_out(virtual: Sequence[str]) -> tuple[str, ...]:
    listed = ", ".join(f"'{name[:60]}'" for name in virtual[:5])
    return (f"Virtual tables (such as indexes of texts) left out: {listed}.",) if virtual else ()


def _logged(path: Path) -> tuple[str, ...]:
    with path.open("rb") as file:
        versions = tuple(file.read(20)[18:])
    if versions != _LOGGED:
        return ()
    return ("The database was kept with a write-ahead log: changes not yet merged into this file are not in it.",)
