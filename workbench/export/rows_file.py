"""Read the rows of a CSV file and write them with answers beside them. Standard library only."""

import csv
import io
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def read_table(path: Path, columns: Sequence[str]) -> tuple[list[str], list[list[str]]]:
    """Column names, and rows of as many cells. The separator is the one that sets ``columns`` apart in the header.

    What cannot be read ends the program with a sentence that says why.
    """
    csv.field_size_limit(10_000_000)
    if not path.is_file():
        sys.exit(f"There is no file {path}.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        sys.exit(f"{path} is not written in UTF-8. Save it as UTF-8, then predict again.")
    found = [list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) or [[]] for separator in ",;\t|"]
    lines = max(found, key=lambda lines: sum(column in lines[0] for column in columns))
    missing = [column for column in columns if column not in lines[0]]
    if missing:
        first = text.partition("\n")[0].strip()
        sys.exit(f"{path} has no column '{missing[0]}'; its first line is: {first[:200]}")
    header, rows = lines[0], [line for line in lines[1:] if line]
    for number, row in enumerate(rows, start=2):
        if len(row) > len(header):
            sys.exit(f"{path}: row {number} has {len(row)} cells, and there are {len(header)} columns. Quote its text.")
    return header, [[*row, *[""] * (len(header) - len(row))] for row in rows]


def write_table(
    path: Path, header: Sequence[str], rows: Sequence[Sequence[str]], answers: Sequence[Mapping[str, object]]
) -> None:
    """The rows with their answers beside them. A column that has the name of an answer ends the program."""
    names = list(answers[0]) if answers else []
    if taken := [name for name in names if name in header]:
        sys.exit(f"The table has a column '{taken[0]}' already. Rename it, then predict again.")
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(name) for name in [*header, *names]])
        for row, answer in zip(rows, answers, strict=True):
            writer.writerow([harmless(cell) for cell in [*row, *answer.values()]])


def harmless(cell: object) -> object:
    """A spreadsheet runs a cell that begins like a formula; an apostrophe keeps it a text. -5 is a number."""
    if not isinstance(cell, str) or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")):
        return cell
    return cell if NUMBER.fullmatch(cell) else f"'{cell}"
