"""Which characters part the fields of a text table and enclose its cells, and the reader that takes them so."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol

from workbench.data.read_options import DELIMITERS, ReadOptions

SAMPLE_ROWS = 200
_ESCAPED = re.compile(r'\\(["\\])')
_HELD = (
    "\udc81"  # for a quotation mark while the fields are told apart: a lone surrogate, which no strict decoder makes
)
_MOST = 0.8  # share of the rows that have as many fields, in a table whose first line is none of it


class Records(Protocol):
    """The records of a text table; ``line_num`` counts the lines that were taken for them."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


class _Backslashed:
    """Records in which a backslash stands before a quotation mark that is part of a cell, and before a backslash.

    Every other backslash is itself: the standard library's reader would drop those of a path (C:\\temp).
    """

    def __init__(self, lines: Iterator[str], delimiter: str, *, strict: bool) -> None:
        held = (_ESCAPED.sub(lambda found: _HELD if found[1] == '"' else "\\", line) for line in lines)
        self._records = csv.reader(held, delimiter=delimiter, strict=strict)

    @property
    def line_num(self) -> int:
        return self._records.line_num

    def __iter__(self) -> Iterator[list[str]]:
        return self

    def __next__(self) -> list[str]:
        return [cell.replace(_HELD, '"') for cell in next(self._records)]


def reader(lines: Iterator[str], options: ReadOptions, *, strict: bool) -> Records:
    """The standard library's reader with our options, and no limit of its own on the length of a cell."""
    csv.field_size_limit(2**31 - 1)
    delimiter = options.delimiter or ","
    if not options.quoting:
        return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=strict)
    if options.backslash:
        return _Backslashed(lines, delimiter, strict=strict)
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def first_rows(sample: str, options: ReadOptions, count: int = SAMPLE_ROWS) -> list[list[str]]:
    """Up to ``count`` rows of ``sample`` that are not blank; never empty."""
    rows = (cells for cells in reader(io.StringIO(sample, newline=""), options, strict=False) if cells)
    return list(islice(rows, count)) or [[""]]


def sniff_delimiter(sample: str, *, quoting: bool = True) -> str:
    """The delimiter that cuts most rows of ``sample`` into as many fields as its first, at least two.

    Where none does so for half of them, the first lines may be a title: then as many fields as most have count.
    """
    best, best_score = ",", (0.0, 0)
    titled, titled_score = "", (_MOST, 1)
    for delimiter in DELIMITERS:
        widths = [len(row) for row in first_rows(sample, ReadOptions(delimiter=delimiter, quoting=quoting))]
        if widths[0] > 1 and (score := (_share(widths, widths[0]), widths[0])) > best_score:
            best, best_score = delimiter, score
        width = Counter(widths).most_common(1)[0][0]
        if width > 1 and (score := (_share(widths[widths.index(width) :], width), width)) > titled_score:
            titled, titled_score = delimiter, score
    return titled if titled and best_score[0] < 0.5 else best


def _share(widths: Sequence[int], width: int) -> float:
    return round(widths.count(width) / len(widths), 2)


def sniff_backslash(sample: str, options: ReadOptions, *, whole: bool) -> bool:
    """Does a backslash before a quotation mark make it part of its cell? Only where this is certain: every row is in
    order then, and not otherwise. ``whole`` says that the sample is not cut off."""
    if not options.quoting or '\\"' not in sample:
        return False
    return _is_even(sample, options, True, whole) and not _is_even(sample, options, False, whole)


def _is_even(sample: str, options: ReadOptions, backslash: bool, whole: bool) -> bool:
    """Are all marks well used, and do nearly all rows have as many fields as most?"""
    read = ReadOptions(delimiter=options.delimiter, backslash=backslash)
    counts: Counter[int] = Counter()
    try:
        for cells in reader(io.StringIO(sample, newline=""), read, strict=True):
            counts[len(cells)] += bool(cells)
    except csv.Error as error:
        if whole or "unexpected end" not in str(error):
            return False
    return bool(counts) and counts.most_common(1)[0][1] >= 0.98 * counts.total()
