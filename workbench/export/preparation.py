"""Prepare raw cells as the training rows were: what preparation.json lists, in order. Standard library only."""

from collections.abc import Mapping, Sequence
from typing import Any

from personal_data import FUNCTIONS as PERSONAL  # type: ignore[import-not-found]  # the files beside this one
from table_functions import FUNCTIONS as TABLE  # type: ignore[import-not-found]
from text_functions import FUNCTIONS as TEXT  # type: ignore[import-not-found]

FUNCTIONS = {**TEXT, **TABLE, **PERSONAL}


def prepare(row: Mapping[str, str], steps: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The cells of one row, by the names of their columns, after every step; steps for images are not done here.

    A step is ``{"function": …, "column": …, "settings": {…}, "into": null or names}``.
    """
    cells = dict(row)
    for step in steps:
        column, into = step["column"], step["into"]
        if column not in cells or step["function"] not in FUNCTIONS:
            continue
        cell = cells.pop(column)
        made = FUNCTIONS[step["function"]](cell, **step["settings"])
        if into is None:
            cells[column] = made
        elif into:
            cells.update(zip(into, made, strict=True))
    return cells
