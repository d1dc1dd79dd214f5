"""How a file is to be read, what was found in it, and what could be done about that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
LINES = "\n"  # as a delimiter: nothing separates columns, every line is one text


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read a table; what is None is found out, and what does not concern a file's format is not looked at.

    ``quoting`` off takes quotation marks as ordinary characters; ``backslash`` says that one stands before those that
    are part of a cell. ``skip`` rows of the file stand above the table. ``header`` off means that the first line is
    data already. ``names`` are the columns' names instead of the file's. ``part`` chooses among several tables: a
    sheet of a workbook, or the key of a JSON file that holds the records. ``fill_merged`` gives every one of the cells
    that were merged the value that they show. ``frames`` says which pictures of an image that holds several become
    rows: "first" or "all".
    """

    encoding: str | None = None
    delimiter: str | None = None
    quoting: bool = True
    backslash: bool | None = None
    skip: int = 0
    header: bool = True
    names: tuple[str, ...] = ()
    part: str | None = None
    fill_merged: bool = False
    frames: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something found in a file. ``level`` is "error" (stops the import) or "warning".

    ``fix`` are options with which the file could be read, ``fix_title`` says so on a button ("Read as GB18030").
    With ``can_set_aside`` the ``count`` rows concerned, the first of which are ``rows``, may be left out instead.
    Row 1 is the file's first line, as a spreadsheet counts.
    """

    level: str
    code: str
    where: str
    what: str
    remedy: str
    fix: ReadOptions | None = None
    fix_title: str = ""
    can_set_aside: bool = False
    count: int = 1
    rows: tuple[int, ...] = ()

    def error(self) -> DataError:
        """The problem as the error that stops an import."""
        return DataError(self.what, where=self.where, remedy=f"Nothing was imported. {self.remedy}", code=self.code)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would become. ``format`` is what its content is ("Excel workbook").

    ``options`` are those with which it was read, with nothing left open; ``parts`` are the tables in the file, if
    there are several, of which ``options.part`` is the one shown.

    ``problems`` hold everything that would stop the import or deserves a look; ``notes`` are plain sentences about
    what was found out. ``cells`` are the first whole rows (long cells cut short), ``numbers`` their places in the
    file (the first data row is 0). ``complete`` is False when the file is so large that only its first ``rows`` rows
    were looked at. ``pictures`` are small images (data addresses) of some of those rows, by their place in ``cells``.
    """

    format: str
    options: ReadOptions
    parts: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...]
    rows: int
    complete: bool
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    pictures: Mapping[int, str] = field(default_factory=dict)

    @property
    def head(self) -> "pd.DataFrame":
        """The first rows as a table."""
        import pandas as pd

        return pd.DataFrame(list(self.cells), index=list(self.numbers), columns=list(self.columns), dtype="str")

    @property
    def encoding(self) -> str:
        return self.options.encoding or ""

    @property
    def delimiter(self) -> str:
        return self.options.delimiter or ""

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop an import."""
        return tuple(problem for problem in self.problems if problem.level == "error")


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import took in; its files lie in the folder that was given."""

    options: ReadOptions
    columns: tuple[str, ...]
    rows: int
    sha256: str
    set_aside: int
    notes: tuple[str, ...]
