"""What a preparation does to single cells, with nothing left to learn: the same for training rows and for new ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from pandas.api.extensions import ExtensionArray

from workbench.data.profiles import personal_data
from workbench.prepare import table_functions, text_functions

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **text_functions.FUNCTIONS,
    **table_functions.FUNCTIONS,
    **personal_data.FUNCTIONS,
}
IMAGE_FUNCTIONS = ("convert_image", "resize_image", "crop_image", "pad_image")  # of image_functions, which needs Pillow


@dataclass(frozen=True, slots=True)
class Transform:
    """One of ``FUNCTIONS``, applied to every cell of ``column`` with ``settings`` by keyword.

    ``into`` names the columns that take the column's place, one for each cell that the function answers with; None
    when it answers with one cell, which stays where it was; () leaves the column out. Functions of images do not
    change cells: ``images.prepared`` applies them.
    """

    function: str
    column: str
    settings: Mapping[str, Any]
    into: tuple[str, ...] | None = None


def apply(rows: pd.DataFrame, transforms: Sequence[Transform]) -> pd.DataFrame:
    """The rows after all transforms, in order; a column that is not there is left out."""
    cells = {str(name): rows[name].array for name in rows.columns}
    for transform in transforms:
        if transform.column in cells and transform.function not in IMAGE_FUNCTIONS:
            cells = _applied(cells, transform)
    return pd.DataFrame(cells, rows.index)


def from_dict(content: Mapping[str, Any]) -> Transform:
    """The transform that ``dataclasses.asdict`` made plain. Raises KeyError and TypeError when it is none."""
    into = content.get("into")
    names = None if into is None else tuple(map(str, into))
    return Transform(str(content["function"]), str(content["column"]), dict(content["settings"]), names)


def _applied(columns: dict[str, ExtensionArray], transform: Transform) -> dict[str, ExtensionArray]:
    if transform.into == ():
        return {name: cells for name, cells in columns.items() if name != transform.column}
    places, different = columns[transform.column].factorize()  # cells of tables repeat; each is computed once
    change = partial(FUNCTIONS[transform.function], **transform.settings)
    answers = [change(cell) for cell in different]

    def spread(values: Sequence[str]) -> ExtensionArray:
        return pd.array(values, dtype="str").take(places)

    if transform.into is None:
        return {**columns, transform.column: spread(answers)}
    made = {name: spread([answer[place] for answer in answers]) for place, name in enumerate(transform.into)}
    after: dict[str, ExtensionArray] = {}
    for name, cells in columns.items():
        after.update(made if name == transform.column else {name: cells})
    return after
