"""The names of a table's columns: from its header, from the user, or made up; and whether there is a header at all."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from workbench.data.read_options import Problem, ReadOptions
from workbench.errors import DataError

_UNWRITABLE = re.compile("[\ud800-\udfff]")  # halves of characters, and marks of bytes that could not be decoded


def columns_of(
    code: str,
    where: str,
    first: Sequence[str],
    rows: Sequence[Sequence[str]],
    options: ReadOptions,
    problems: list[Problem],
    notes: list[str],
) -> tuple[str, ...]:
    """The columns' names, made unique; what had to be changed goes to ``problems`` and ``notes``.

    ``first`` is the row with the names and stands at ``where``; ``code`` is the format's.
    """
    if options.names:
        # The rows decide, not the header: giving names is how one corrects a header that is too short.
        widths = [len(row) for row in (rows[1:] if options.header else rows)] or [len(first)]
        if len(options.names) not in widths:
            raise DataError(
                f"{len(options.names)} names are given for {widths[0]} columns",
                where=where,
                remedy="Give each column one name, or check how the file is read.",
                code=f"{code}-06",
            )
        given: Sequence[str] = options.names
    else:
        given = [cell.strip() for cell in first] if options.header else [""] * len(first)
    columns = [
        _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", column) or f"column_{place}"
        for place, column in enumerate(given, 1)
    ]
    if options.header and "" in given:
        notes.append(
            f"Columns without a name are called {', '.join(c for c, g in zip(columns, given, strict=True) if not g)}."
        )
    column, count = Counter(columns).most_common(1)[0] if columns else ("", 1)
    if count > 1:
        unique = _unique(columns)
        shown = ", ".join([*unique[:20], *(["…"] if len(unique) > 20 else [])])
        places = [place for place, other in enumerate(columns, 1) if other == column]
        problems.append(
            Problem(
                level="error",
                code=f"{code}-06",
                where=where,
                what=f'the name "{column}" stands over columns {" and ".join(map(str, places))}',
                remedy=f"Rename one of them, or import with the names {shown}.",
                fix=replace(options, names=tuple(unique)),
                fix_title=f"Rename to {', '.join(unique[place - 1] for place in places)}",
            )
        )
        columns = unique
    return tuple(columns)


def _unique(columns: Sequence[str]) -> list[str]:
    """text, text becomes text, text_2; a number that is taken already is skipped."""
    taken, unique = set(columns), []
    seen: Counter[str] = Counter()
    for column in columns:
        seen[column] += 1
        name = column
        while seen[column] > 1 and name in taken:
            name = f"{column}_{seen[column]}"
            seen[column] += name in taken
        taken.add(name)
        unique.append(name)
    return unique


def looks_like_data(rows: Sequence[Sequence[str]]) -> bool:
    """Is the first line no header? A label stands in it that comes again below, or a whole sentence or a number."""
    first, *others = rows
    for place, cell in enumerate(first):
        column = [row[place] for row in others if len(row) == len(first)]
        if cell.strip() and (column.count(cell) > 1 or len(cell) > 80 or cell.strip().replace(".", "", 1).isdecimal()):
            return True
    return False


def no_header(code: str, where: str, first: Sequence[str], options: ReadOptions) -> Problem:
    shown = " | ".join(cell[:30] for cell in first[:5])
    return Problem(
        level="warning",
        code=f"{code}-05",
        where=where,
        what=f"the first line looks like data, not like names of columns ({shown})",
        remedy="If it is, import without a header and give the columns names.",
        fix=replace(options, header=False),
        fix_title="The first line is data",
    )
