"""Lines above the header of a table (a title, the date of an export), which would take its place."""

from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from workbench.data.header import looks_like_data
from workbench.data.read_options import Problem, ReadOptions

_MOST_LINES = 20  # that could stand above a header
_FITTING = 0.9  # share of the rows below it that lie under its names


def rows_above_header(rows: Sequence[tuple[int, Sequence[str]]]) -> int:
    """How many of these rows stand above the header, where that is certain; else 0.

    ``rows`` are the first that are not blank, each with its number. Above a header stand a few rows with few cells;
    it names every column that is filled below it.
    """
    filled = [{place for place, cell in enumerate(cells) if cell.strip()} for _, cells in rows]
    usual = median(map(len, filled)) if filled else 0
    place = next((place for place, cells in enumerate(filled) if len(cells) >= max(2, 0.8 * usual)), 0)
    below = filled[place + 1 :]
    if not 0 < place <= _MOST_LINES or len(below) < 2:
        return 0
    header = [cell.strip() for cell in rows[place][1] if cell.strip()]
    fitting = sum(cells <= filled[place] for cells in below)
    named = len(set(header)) == len(header) and not looks_like_data([cells for _, cells in rows[place:]])
    apart = rows[place][0] - rows[place - 1][0] > 1
    few = all(_is_title(rows[one][1], filled[one], usual, apart=apart) for one in range(place))
    return place if few and named and fitting >= _FITTING * len(below) else 0


def above_header(code: str, where: str, count: int, at: int, header: Sequence[str], options: ReadOptions) -> Problem:
    """The problem of rows above the header, which stands in row ``at``."""
    shown = " | ".join(cell[:30] for cell in header[:5] if cell.strip())
    return Problem(
        level="error",
        code=f"{code}-05",
        where=where,
        what=f"the table seems to begin only in row {at} ({shown}): the rows above it are "
        + ("a title" if count == 1 else "a title or notes"),
        remedy=f"Leave out what stands above row {at} (on the command line with --skip {at - 1}), or delete it in the "
        "file.",
        fix=replace(options, skip=at - 1, names=()),
        fix_title=f"The table begins in row {at}",
    )


def left_out(options: ReadOptions) -> str:
    """What was done about rows above the table, in a sentence."""
    return f"Rows above the table left out: {options.skip:,}."


def _is_title(cells: Sequence[str], filled: set[int], usual: float, *, apart: bool) -> bool:
    """Could the row be a title or a note, and no header of which some names are missing?"""
    if len(filled) >= usual:
        return False
    if apart or (len(filled) == 1 and " " in "".join(cells).strip()):
        return True
    return usual >= 3 and len(filled) <= usual / 2
