"""What a sheet holds, seen cell by cell before any row is made of it: extent, formulas without values, merged cells."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"(\d{4}-\d\d-\d\d)?T?(\d\d:\d\d(:\d\d([.,]\d+)?)?Z?)?", re.ASCII)
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DONE = {"c", "row", "mergeCell", "f", "v", "is"}
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384


@dataclass(slots=True)
class Survey:
    """Rows and columns count from 1; 0 where nothing is written. Cells that are only coloured do not count."""

    first_column: int = 0
    last_column: int = 0
    last_row: int = 0
    last_row_at: int = 0  # the column of a cell in it
    last_column_at: int = 0  # the row of the cell that is farthest to the right
    filled: int = 0
    uncomputed: set[tuple[int, int]] = field(default_factory=set)  # row and column of formulas without a value
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)  # first and last row, first and last column


@dataclass(frozen=True, slots=True)
class Stock:
    """How many texts and styles the workbook keeps, to which cells refer by number."""

    texts: int
    styles: int


class BadSheet(ValueError):
    """Raised where rows and cells cannot be as the sheet says; its text says why."""


class BadCell(BadSheet):
    """Raised for a cell that cannot hold what it does; ``what`` says why."""

    def __init__(self, row: int, column: int, what: str) -> None:
        self.cell = cell_name(row, column)
        self.what = what
        super().__init__(f"{self.cell}: {what}")


def survey(sheet: IO[bytes], stock: Stock) -> Survey:
    """Read a sheet's XML. Raises what the XML parser and the zip file raise, and BadSheet."""
    found = Survey()
    for row, column, computed in cells(sheet, found, stock):
        if not computed:
            found.uncomputed.add((row, column))
        found.filled += 1
        found.first_column = min(found.first_column or column, column)
        found.last_row, found.last_row_at = row, column
        if column > found.last_column:
            found.last_column, found.last_column_at = column, row
    return found


def cell_name(row: int, column: int) -> str:
    """(3, 28) is AB3."""
    letters = ""
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row}"


def place_of(cell: str) -> tuple[int, int]:
    """AB3 is (3, 28). Raises BadSheet for what is no cell of a sheet."""
    match = _CELL.fullmatch(cell.replace("$", ""))
    column = 0
    for letter in match[1] if match else "":
        column = column * 26 + ord(letter) - ord("A") + 1
    if not match or not 0 < int(match[2]) <= LAST_ROW or column > LAST_COLUMN:
        raise BadSheet(f"'{cell[:20]}' is no cell")
    return int(match[2]), column


def cells(sheet: IO[bytes], found: Survey, stock: Stock | None = None) -> Iterator[tuple[int, int, bool]]:
    """Row and column of every cell that is not empty, and whether it has a value; merged areas go to ``found``.

    Raises BadSheet where cells are not in order (a reader would drop what comes twice), and, with a ``stock``, BadCell.
    """
    from openpyxl.xml.functions import iterparse

    row = column = 0
    kind = "n"
    formula = value = is_text = False
    above = []  # the elements that are open
    for event, element in iterparse(sheet, events=("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            above.append(element)
            if tag == "row":
                row, column = _after(row, int(element.get("r") or row + 1)), 0
            elif tag == "c":
                formula = value = False
                kind = element.get("t") or "n"
                is_text = kind == "str"
                own_row, own_column = place_of(element.get("r") or cell_name(row, column + 1))
                column = _after(column, own_column)
                if own_row != row:
                    raise BadSheet(f"row {row} has a cell of row {own_row}")
                if stock and not _is_below(element.get("s") or "0", stock.styles):
                    raise BadCell(row, column, "the cell has a style that the workbook does not have")
            continue
        above.pop()
        if tag == "f":
            formula = True
        elif tag in ("v", "t"):
            value = value or bool(element.text) or (is_text and formula)  # a formula's value may be an empty text
            if stock and element.text and tag == "v" and (what := _wrong(kind, element.text.strip(), stock)):
                raise BadCell(row, column, what)
        elif tag == "c" and (formula or value):
            yield row, column, value
        elif tag == "mergeCell":
            first, _, last = (element.get("ref") or "").partition(":")
            (top, left), (bottom, right) = place_of(first), place_of(last or first)
            found.merged.append((top, bottom, left, right))
        if above and tag in _DONE:
            above[-1].remove(element)  # else a large sheet would be in memory at once


def _wrong(kind: str, text: str, stock: Stock) -> str:
    """Why a cell of this kind (ECMA-376, 18.18.11) cannot hold the text; nothing where it can."""
    if kind == "s":
        return (
            "" if _is_below(text, stock.texts) else f"the cell names text {text[:20]}, which the workbook does not have"
        )
    if kind in ("n", "b") and text:
        fits = _NUMBER.fullmatch(text) and math.isfinite(float(text))
        return "" if fits else f"the cell should hold a number, but holds '{text[:40]}'"
    if kind == "d" and not _DATE.fullmatch(text):
        return f"the cell should hold a date, but holds '{text[:40]}'"
    return ""


def _is_below(text: str, count: int) -> bool:
    return text.isascii() and text.isdecimal() and int(text[:12]) < count


def _after(before: int, now: int) -> int:
    if now <= before:
        raise BadSheet(f"rows or cells are out of order: {now} after {before}")
    return now
