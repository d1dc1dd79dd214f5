"""What every format makes of a file: a layout with nothing left open, and the rows that come out of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from workbench.data.profiles.image_profile import ImageProfile
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject
from workbench.settings import Limits


class Rows(Protocol):
    """Iterates once over the whole rows as (row, cells), every cell a string; afterwards the rest tells about it.

    Rows are numbered as people find them in the file. Raises RowError where nothing after it could be trusted.
    """

    def __iter__(self) -> Iterator[tuple[int, list[str]]]: ...

    @property
    def good(self) -> int: ...

    @property
    def left_out(self) -> int: ...

    @property
    def problems(self) -> tuple[Problem, ...]: ...

    @property
    def notes(self) -> tuple[str, ...]: ...


@runtime_checkable
class PicturedRows(Rows, Protocol):
    """Rows whose first column names images."""

    @property
    def pictures(self) -> Mapping[int, str]:
        """Small images, as data addresses, of some rows by their number; only for somebody who looks."""

    @property
    def images(self) -> ImageProfile | None:
        """What is known of the images so far."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A file whose every open question has an answer; ``problems`` hold those that were answered by a guess.

    ``code`` begins the codes of the format's problems. ``first_row`` is the row that is the table's row 0.
    ``headed`` says that a line of the file names the columns, and so could be data instead. ``parts`` are the tables
    among which ``options.part`` chooses. ``expected`` is the number of rows where that is known before they are read.
    ``rows`` is given the folder of the data version that is being made, for images and the like that do not fit into
    cells; None when somebody only looks.
    """

    code: str
    name: str
    options: ReadOptions
    columns: tuple[str, ...]
    first_row: int
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    rows: Callable[[Limits, Reject | None, Path | None], Rows]
    headed: bool = False
    expected: int | None = None
    parts: tuple[str, ...] = ()


class Format(Protocol):
    """A way to write a table into a file; each is a module of this package."""

    TITLE: str  # "Excel workbook"
    ENDINGS: tuple[str, ...]  # of names that promise this format

    def fits(self, path: Path, start: bytes) -> bool:
        """Is this the format, judged by the file's content, of which ``start`` is the beginning?"""

    def inspect(self, path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
        """Find out what ``options`` leave open. Raises DataError when the file is no table at all."""
