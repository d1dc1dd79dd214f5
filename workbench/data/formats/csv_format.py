"""Text tables: rows as lines, columns parted by a delimiter."""

from pathlib import Path

from workbench.data.formats import csv_layout
from workbench.data.formats.csv_rows import CsvRows
from workbench.data.layout import Layout
from workbench.data.read_options import ReadOptions
from workbench.settings import Limits

TITLE = "text table (CSV)"
ENDINGS: tuple[str, ...] = (".csv", ".tsv", ".tab")


def fits(path: Path, start: bytes) -> bool:  # noqa: ARG001
    """Any text may be a table."""
    return True


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
    """Encoding, delimiter, header and columns. Raises DataError when the file is empty or an option cannot be."""
    found = csv_layout.inspect(path, name, options, limits)
    return Layout(
        code="CSV",
        name=name,
        options=found.options,
        columns=found.columns,
        first_row=found.first_row,
        notes=found.notes,
        problems=found.problems,
        rows=lambda limits, reject, _into: CsvRows(found, limits, reject),
        headed=True,
    )
