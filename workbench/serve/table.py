"""Predictions for a whole table: asked in portions, written as a CSV that a spreadsheet opens without running it."""

import csv
import json
import os
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from workbench.data import image_files, reading, tables
from workbench.data.read_options import ReadOptions
from workbench.errors import DataError
from workbench.serve.predictor import Predictor
from workbench.settings import Settings

_NUMBER = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@contextmanager
def read(file: Path, options: ReadOptions, settings: Settings) -> Iterator[tuple[pd.DataFrame, Path]]:
    """The table in ``file`` (or in an archive or folder of images), every cell a string, read in a child process; and
    the folder in which the images that its cells name lie, until the block ends.

    Raises DataError naming row and column.
    """
    settings.cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.cache, prefix="predict-") as folder:
        reading.take(file, file.name, options, settings.limits, Path(folder))
        made = Path(folder) / image_files.FOLDER
        yield tables.read_table(Path(folder)), made if made.is_dir() else file.absolute().parent


def located(rows: pd.DataFrame, images: Sequence[str], folder: Path) -> pd.DataFrame:
    """The rows with paths of files below ``folder`` in the columns that hold images."""
    paths = {column: [str(folder / cell) for cell in rows[column]] for column in images if column in rows.columns}
    return rows.assign(**{column: pd.Series(cells, rows.index, dtype=object) for column, cells in paths.items()})


def predict(
    predictor: Predictor, rows: pd.DataFrame, at_once: int, progress: Callable[[float], None], where: str = ""
) -> pd.DataFrame:
    """Predictions for every row, in the order and with the index of ``rows``; ``where`` names the table."""
    parts = []
    for start in range(0, len(rows), at_once):
        parts.append(predictor.predict(rows.iloc[start : start + at_once], where))
        progress(min(1.0, (start + at_once) / len(rows)))
    return pd.concat(parts) if parts else predictor.predict(rows, where)


def write(path: Path, rows: pd.DataFrame, predicted: pd.DataFrame) -> None:
    """Write the rows with their predictions beside them; the file appears when it is complete.

    Cells and column names that a spreadsheet would take for a formula get a leading apostrophe (case 77). Raises
    DataError when the table has a column of a prediction's name already, or the file cannot be written.
    """
    taken = [str(column) for column in predicted.columns if column in rows.columns]
    if taken:
        raise DataError(
            f"the table has a column '{taken[0]}' already", where=str(path), remedy="Rename it, then predict again."
        )
    whole = pd.concat([rows, predicted], axis=1)
    partial = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([defused(str(name)) for name in whole.columns])
            writer.writerows([_cell(cell) for cell in row] for row in whole.itertuples(index=False))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        remedy = "Choose another place for --out."
        raise DataError(f"the file cannot be written ({error.strerror})", where=str(path), remedy=remedy) from None
    finally:
        partial.unlink(missing_ok=True)


def defused(text: str) -> str:
    """``text``, with an apostrophe before it when a spreadsheet would run it as a formula (case 77); -5 is a number."""
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def _cell(cell: object) -> str:
    if isinstance(cell, list):
        return json.dumps(cell, ensure_ascii=False)
    return repr(cell) if isinstance(cell, float) else defused(str(cell))
