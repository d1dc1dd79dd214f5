"""Objects in images: what each is, and the box around it in pixels; as a cell holds them."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from workbench.data.collections.collection import Collection, Entry
from workbench.data.collections.image_rows import CODE, LOOKED_AT, ImageRows, Item
from workbench.data.layout import Layout
from workbench.data.read_options import ReadOptions
from workbench.data.tally import Reject
from workbench.data.typed_rows import Fault
from workbench.settings import Limits

COLUMNS = ("image", "file", "boxes")


@dataclass(frozen=True, slots=True)
class Box:
    """An object: ``x`` and ``y`` are the upper left corner of its box, in pixels from the image's upper left."""

    label: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Annotated:
    """An image with its boxes, or what is wrong with it, and where; ``name`` is what its annotation calls it."""

    name: str
    entry: Entry | None
    boxes: Sequence[Box]
    fault: Fault | None = None
    where: str = ""


def box(label: str, corner: Sequence[object], size: Sequence[object]) -> Box | None:
    """A box from four numbers however they are written; None where it is no box."""
    try:
        x, y, width, height = (float(str(number)) for number in (*corner, *size))
    except ValueError:
        return None
    whole = all(map(math.isfinite, (x, y, width, height))) and width > 0 and height > 0
    return Box(label, x, y, width, height) if whole and label else None


def written(boxes: Sequence[Box]) -> str:
    """The boxes as JSON, numbers as short as they can be."""
    return json.dumps(
        [
            {"label": one.label, **{side: _short(getattr(one, side)) for side in ("x", "y", "width", "height")}}
            for one in boxes
        ],
        ensure_ascii=False,
    )


def layout(
    collection: Collection,
    annotated: Callable[[], Iterator[Annotated]],
    count: int,
    options: ReadOptions,
    notes: Sequence[str],
) -> Layout:
    """Columns ``image``, ``file``, ``boxes``; a row for each of ``count`` images. A preview shows the first."""

    def items(most: int | None) -> Iterator[Item]:
        for row, one in enumerate(islice(annotated(), most), 1):
            cells = (one.entry.name if one.entry else one.name, written(one.boxes))
            yield Item(row, one.entry, cells, one.fault, one.where)

    def rows(limits: Limits, reject: Reject | None, into: Path | None) -> ImageRows:
        few = items(LOOKED_AT if into is None else None)
        return ImageRows(collection, few, COLUMNS.index("file") - 1, len(COLUMNS), options, limits, reject, into)

    looked = f"The first {LOOKED_AT} images are shown; the import reads all {count:,}."
    return Layout(
        code=CODE,
        name=collection.name,
        options=options,
        columns=COLUMNS,
        first_row=1,
        notes=(*notes, *([looked] if count > LOOKED_AT else [])),
        problems=(),
        rows=rows,
        expected=count,
    )


def _short(number: float) -> float | int:
    return int(number) if number.is_integer() else round(number, 3)
