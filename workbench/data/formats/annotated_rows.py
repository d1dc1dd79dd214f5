"""The rows of a pass, with what the format found out about them while they went by."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.data.layout import Rows
from workbench.data.read_options import Problem


@dataclass(frozen=True, slots=True)
class AnnotatedRows:
    """``rows``, with more ``problems`` (of level "warning") and notes, asked for when the rows are through."""

    rows: Rows
    found: Callable[[], tuple[Problem, ...]]
    noted: Callable[[], tuple[str, ...]]

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        return iter(self.rows)

    @property
    def good(self) -> int:
        return self.rows.good

    @property
    def left_out(self) -> int:
        return self.rows.left_out

    @property
    def problems(self) -> tuple[Problem, ...]:
        return (*self.rows.problems, *self.found())

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.rows.notes, *self.noted())
