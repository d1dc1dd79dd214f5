"""Read a table of any format: look at it, or take it in whole. Runs in a child process, where it may die."""

import csv
import json
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from workbench.data.batches import batches
from workbench.data.contents import inspect
from workbench.data.encoding import MARK
from workbench.data.layout import Layout, PicturedRows, Rows
from workbench.data.read_options import Preview, Problem, ReadOptions, Taken
from workbench.data.tally import Reject, RowError
from workbench.settings import Limits

REJECTS = "rejects.csv"
PROFILE = "profile.json"
_LOOKED_AT = 100_000  # rows that a preview checks; the import checks all
_FEW = 10  # rows that may be set aside, whatever their share
_AHEAD = 6  # batches that wait to be profiled or written
_SHOWN = 2_000  # characters of a cell that a preview carries


def look(path: Path, name: str, options: ReadOptions, limits: Limits, *, head: int) -> Preview:
    """What the file would become, and every problem that can be seen without stopping at the first."""
    title, layout = inspect(path, name, options, limits)
    rows = layout.rows(limits, None, None)
    first: list[tuple[int, list[str]]] = []
    broken: list[Problem] = []
    complete = True
    try:
        for number, cells in rows:
            if len(first) < head:
                first.append((number - layout.first_row, cells))
            if rows.good + rows.left_out >= _LOOKED_AT:
                complete = False
                break
    except RowError as error:
        broken.append(error.problem)
    problems = [*_merged(layout, rows), *broken]
    if not rows.good and not any(problem.level == "error" for problem in problems):
        problems.append(_no_rows(layout))
    pictures = rows.pictures if isinstance(rows, PicturedRows) else {}
    places = {number + layout.first_row: place for place, (number, _) in enumerate(first)}
    return Preview(
        format=title,
        options=layout.options,
        parts=layout.parts,
        columns=layout.columns,
        cells=tuple(tuple(map(_shown, cells)) for _, cells in first),
        numbers=tuple(number for number, _ in first),
        rows=rows.good,
        complete=complete,
        notes=(*layout.notes, *rows.notes),
        problems=tuple(problems),
        pictures={places[row]: picture for row, picture in pictures.items() if row in places},
    )


def take(
    path: Path,
    name: str,
    options: ReadOptions,
    limits: Limits,
    into: Path,
    *,
    set_aside: bool,
    tell: Callable[[float, int], None] | None = None,
) -> Taken:
    """Write table, profile and rejected rows into the folder ``into``; batch by batch, however large the file is.

    ``tell`` hears the share of the file that was read, and the rows so far. Raises DataError at the first problem;
    with ``set_aside``, rows that are not whole go to rejects.csv instead.
    """
    from workbench.data import tables
    from workbench.data.profiles import profile

    _, layout = inspect(path, name, options, limits)
    _stop_at(layout.problems, set_aside)
    profiler = profile.Profiler(layout.columns)
    with (
        _rejects(into / REJECTS, layout.columns) as reject,
        tables.TableWriter(into / tables.TABLE, layout.columns) as table,
        ThreadPoolExecutor(1) as profiling,
        ThreadPoolExecutor(1) as writing,
    ):
        ahead: deque[Future[None]] = deque()
        rows = layout.rows(limits, reject if set_aside else None, into)
        try:
            for batch in batches(rows, layout):
                if set_aside or not rows.left_out:  # else the rest is read only to tell about all problems
                    ahead.append(profiling.submit(profiler.add, batch.cells))
                    ahead.append(writing.submit(table.write, batch.cells, batch.numbers))
                    while len(ahead) > _AHEAD:
                        ahead.popleft().result()
                if tell:
                    tell(batch.done, rows.good)
            for waiting in ahead:
                waiting.result()
        except RowError as error:
            raise error.problem.error() from None
        if set_aside and rows.good:
            _refuse_most(layout, rows)
        _stop_at(rows.problems, set_aside and rows.good > 0)
        if not rows.good:
            raise _no_rows(layout).error()
    if not rows.left_out:
        (into / REJECTS).unlink()
    images = rows.images if isinstance(rows, PicturedRows) else None
    content = profile.to_dict(replace(profiler.profile(), images=images))
    (into / PROFILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return Taken(
        options=layout.options,
        columns=layout.columns,
        rows=rows.good,
        sha256=table.sha256(),
        set_aside=rows.left_out,
        notes=(*layout.notes, *rows.notes),
    )


def _shown(cell: str) -> str:
    return cell if len(cell) <= _SHOWN else f"{cell[:_SHOWN]}…"


def _stop_at(problems: Sequence[Problem], set_aside: bool) -> None:
    """Raise the first problem that stops the import."""
    for problem in problems:
        if problem.level == "error" and not (set_aside and problem.can_set_aside):
            raise problem.error()


def _refuse_most(layout: Layout, rows: Rows) -> None:
    """Where most rows of a text table or a sheet are not whole, it is not what it was taken for."""
    problem = next((problem for problem in rows.problems if problem.can_set_aside), None)
    if problem is None or not layout.headed or rows.left_out <= max(rows.good, _FEW):
        return
    what = f"{rows.left_out:,} of {rows.left_out + rows.good:,} rows would be set aside; the first: {problem.what}"
    remedy = "Check how the file is read (which row is the header, what separates the columns), or correct it."
    raise replace(problem, what=what, remedy=remedy).error()


def _merged(layout: Layout, rows: Rows) -> Iterator[Problem]:
    """The problems of layout and rows; bytes that do not fit are known to both, their count only to the rows."""
    counted = {problem.code: problem for problem in rows.problems}
    for problem in layout.problems:
        twin = counted.pop(problem.code, None)
        yield replace(problem, count=twin.count, rows=twin.rows) if twin else problem
    yield from counted.values()


def _no_rows(layout: Layout) -> Problem:
    could_be_data = layout.headed and layout.options.header
    return Problem(
        level="error",
        code=f"{layout.code}-05",
        where=layout.name,
        what="there is a header but no rows: 0 samples" if could_be_data else "there are no rows: 0 samples",
        remedy=f"Choose a file with rows{', or say that its first line is data' if could_be_data else ''}.",
        fix=replace(layout.options, header=False) if could_be_data else None,
        fix_title="The first line is data" if could_be_data else "",
    )


@contextmanager
def _rejects(path: Path, columns: Sequence[str]) -> Iterator[Reject]:
    """Writes rows that are set aside: row number, what is wrong, and the cells as they could be read."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["row", "problem", *map(_harmless, columns)])

        def reject(row: int, reason: str, cells: list[str]) -> None:
            writer.writerow([row, reason, *map(_harmless, cells)])

        yield reject


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, and no reader stumbles over."""
    cell = cell.replace("\0", "\N{SYMBOL FOR NULL}").replace(MARK, "\N{REPLACEMENT CHARACTER}")
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
