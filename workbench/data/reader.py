"""Read a table of any format: look at it, or take it in whole. Runs in a child process, where it may die."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.encoding import MARK
from workbench.data.formats import inspect
from workbench.data.layout import Layout, Rows
from workbench.data.read_options import Preview, Problem, ReadOptions, Taken
from workbench.data.tally import Reject, RowError
from workbench.settings import Limits

if TYPE_CHECKING:
    import pyarrow as pa

REJECTS = "rejects.csv"
PROFILE = "profile.json"
_LOOKED_AT = 100_000  # rows that a preview checks; the import checks all
_BATCH = 20_000
_SHOWN = 2_000  # characters of a cell that a preview carries


def look(path: Path, name: str, options: ReadOptions, limits: Limits, *, head: int) -> Preview:
    """What the file would become, and every problem that can be seen without stopping at the first."""
    format, layout = inspect(path, name, options, limits)
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
    return Preview(
        format=format.TITLE,
        options=layout.options,
        parts=layout.parts,
        columns=layout.columns,
        cells=tuple(tuple(map(_shown, cells)) for _, cells in first),
        numbers=tuple(number for number, _ in first),
        rows=rows.good,
        complete=complete,
        notes=(*layout.notes, *rows.notes),
        problems=tuple(problems),
    )


def take(path: Path, name: str, options: ReadOptions, limits: Limits, into: Path, *, set_aside: bool) -> Taken:
    """Write table, profile and rejected rows into the folder ``into``.

    Raises DataError at the first problem; with ``set_aside``, rows that are not whole go to rejects.csv instead.
    """
    import pyarrow as pa

    from workbench.data import profile, tables

    _, layout = inspect(path, name, options, limits)
    _stop_at(layout.problems, set_aside)
    with _rejects(into / REJECTS, layout.columns) as reject:
        rows = layout.rows(limits, reject if set_aside else None, into)
        try:
            columns, numbers = _columns(rows, layout)
        except RowError as error:
            raise error.problem.error() from None
    _stop_at(rows.problems, set_aside and rows.good > 0)
    if not rows.good:
        raise _no_rows(layout).error()
    if not rows.left_out:
        (into / REJECTS).unlink()
    table = pa.table(dict(zip(layout.columns, columns, strict=True)))
    tables.write_table(into / tables.TABLE, table, numbers)
    content = profile.to_dict(profile.profile_table(table))
    (into / PROFILE).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return Taken(
        options=layout.options,
        columns=layout.columns,
        rows=rows.good,
        sha256=tables.content_hash(table, numbers),
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


def _merged(layout: Layout, rows: Rows) -> Iterator[Problem]:
    """The problems of layout and rows; bytes that do not fit are known to both, their count only to the rows."""
    counted = {problem.code: problem for problem in rows.problems}
    for problem in layout.problems:
        twin = counted.pop(problem.code, None)
        yield replace(problem, count=twin.count, rows=twin.rows) if twin else problem
    yield from counted.values()


def _columns(rows: Rows, layout: Layout) -> "tuple[list[pa.ChunkedArray], pa.Array]":
    """All cells as one Arrow array a column, which is compact, and each row's number, the first data row being 0."""
    import pyarrow as pa

    chunks: list[list[pa.Array]] = [[] for _ in layout.columns]
    numbers: list[pa.Array] = []
    source = iter(rows)
    while batch := list(islice(source, _BATCH)):
        numbers.append(pa.array([number - layout.first_row for number, _ in batch], pa.int64()))
        for chunk, cells in zip(chunks, zip(*(cells for _, cells in batch), strict=True), strict=True):
            chunk.append(pa.array(cells, pa.string()))
    columns = [pa.chunked_array(chunk, pa.string()) for chunk in chunks]
    return columns, pa.concat_arrays(numbers) if numbers else pa.array([], pa.int64())


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
