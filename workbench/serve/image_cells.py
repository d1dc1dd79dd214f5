"""Images on their way to a model: from files or from texts in a request, made what stored images are, and prepared."""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from workbench.data import images
from workbench.errors import DataError
from workbench.prepare import images as prepared_images
from workbench.prepare.transforms import Transform

_REMEDY = "Send the content of an image file as base64, or as a data: address."


def in_files(
    table: pd.DataFrame,
    columns: Sequence[str],
    preparation: Sequence[Transform],
    into: Path,
    most_pixels: int,
    *,
    sent: bool,
    where: str = "",
) -> pd.DataFrame:
    """The table with paths of prepared images below ``into`` in place of every cell of ``columns``.

    Cells are the contents of images where they were ``sent``, and paths of files otherwise: a caller from elsewhere
    never names a file of this machine. Raises DataError naming the row and the column of an image that is none.
    """
    for number, column in enumerate(columns):
        paths = []
        for place, (source, cell) in enumerate(zip(table.index, map(str, table[column]), strict=True)):
            row = f"rows[{source}].{column}" if sent else f"{where}, row {source + 1}, column '{column}'"
            try:
                content = _sent(cell) if sent else Path(cell).read_bytes()
                picture = images.pictures(content, "first", most_pixels)[0]
            except (images.Unfit, OSError, ValueError) as error:
                what = f"the image cannot be read ({error.strerror})" if isinstance(error, OSError) else str(error)
                remedy = getattr(error, "remedy", "") or (_REMEDY if sent else "Check the name of the file.")
                raise DataError(what, where=row, remedy=f"{remedy.rstrip('.')}.", code="ROWS-05") from None
            paths.append(into / f"{number}-{place}{picture.ending}")
            paths[-1].write_bytes(picture.content)
        changes = prepared_images.of_column(preparation, column)
        cells = [str(path) for path in prepared_images.prepared(paths, changes, into / "prepared")]
        table = table.assign(**{column: pd.Series(cells, table.index, dtype=object)})
    return table


def _sent(cell: str) -> bytes:
    """The bytes in base64 or in a data: address. Raises ValueError for another text."""
    start, comma, rest = cell.partition(",")
    text = rest if comma and start.startswith("data:") and start.endswith(";base64") else cell
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("the text is not the content of an image in base64") from None
    if not content:
        raise ValueError("there is no image")
    return content
