"""Images with a table that names their files: the table's rows, each with its image."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from workbench.data.collections import packed_tables
from workbench.data.collections.collection import Collection, Entry
from workbench.data.collections.image_rows import CODE, ImageRows, Item
from workbench.data.collections.name_index import NameIndex
from workbench.data.layout import Layout, Rows
from workbench.data.read_options import ReadOptions
from workbench.data.tally import Reject, RowError
from workbench.data.typed_rows import Fault
from workbench.errors import DataError
from workbench.settings import Limits

_SAMPLE = 200  # rows that tell which column names files
_TABLES = 20  # of more tables than these the others are not looked at


@dataclass(frozen=True, slots=True)
class Listing:
    """A table whose ``column`` (counted from 0) names files among ``images``."""

    table: Layout
    column: int
    images: NameIndex


def find(
    collection: Collection, images: Sequence[Entry], tables: Sequence[Entry], options: ReadOptions, limits: Limits
) -> dict[Entry, Listing]:
    """The tables that name images, each with the column in which it does. What cannot be read is none of them."""
    index = NameIndex(images)
    found = {}
    for entry in tables[:_TABLES]:
        try:
            table = packed_tables.of_entry(collection, entry, replace(options, part=None), limits)
            column = _naming(table, index, limits)
        except DataError:
            continue
        if column is not None:
            found[entry] = Listing(table, column, index)
    return found


def layout(collection: Collection, listing: Listing, options: ReadOptions) -> Layout:
    """Column ``image``, then the table's, of which the one with the names becomes ``file``: the path of the image."""
    table, naming = listing.table, listing.column
    columns = ("image", *_names(table.columns, naming))
    renamed = [
        f"The column '{old[:60]}' is called '{new[:60]}' here."
        for old, new in zip(table.columns, columns[1:], strict=True)
        if old != new
    ]

    def rows(limits: Limits, reject: Reject | None, into: Path | None) -> ImageRows:
        beside = (lambda row, reason, cells: reject(row, reason, ["", *cells])) if reject else None
        inner = table.rows(limits, beside, None)
        items = _items(inner, listing, table.columns[naming])
        return ImageRows(collection, items, naming, len(columns), options, limits, reject, into, inner)

    named = f"The images are named by the column '{table.columns[naming][:60]}' of '{table.name[-120:]}'."
    return replace(
        table,
        code=CODE,
        name=collection.name,
        options=replace(table.options, part=options.part),
        columns=columns,
        notes=(named, *renamed, *table.notes),
        rows=rows,
        headed=False,
    )


def _items(rows: Rows, listing: Listing, column: str) -> Iterator[Item]:
    naming = listing.column
    for row, cells in rows:
        entry = listing.images.find(cells[naming]) if cells[naming] else None
        if entry is None:
            name = cells[naming]
            what = f"the table names the image '{name[:120]}', which is not there" if name else "no image is named"
            where = f'{listing.table.name}, row {row}, column "{column}"'
            yield Item(row, None, cells, Fault("00", what, 0, remedy="Add the image, or correct its name"), where)
        else:
            yield Item(row, entry, [*cells[:naming], entry.name, *cells[naming + 1 :]])


def _naming(table: Layout, images: NameIndex, limits: Limits) -> int | None:
    """The column of which at least half of the first cells name images, more than one; of several, the best."""
    filled: Counter[int] = Counter()
    hits: Counter[int] = Counter()
    different: dict[int, set[int]] = {}
    with suppress(RowError):  # the rows before it tell enough; reading them all names the place
        for _, cells in islice(table.rows(limits, None, None), _SAMPLE):
            for column, cell in enumerate(cells):
                filled[column] += bool(cell)
                if cell and (entry := images.find(cell)):
                    hits[column] += 1
                    different.setdefault(column, set()).add(entry.place)
    enough = min(2, len(images))  # a single number may be some image's name by chance
    fitting = [column for column in hits if hits[column] * 2 >= filled[column] and len(different[column]) >= enough]
    return max(fitting, key=lambda column: (len(different[column]), hits[column], -column), default=None)


def _names(columns: Sequence[str], naming: int) -> Iterator[str]:
    """The table's columns beside ``image``: the one that names files is ``file``, another of these names makes room."""
    taken = {"image", "file", *columns}
    for place, name in enumerate(columns):
        free, number = name, 1
        while free in ("image", "file") or (number > 1 and free in taken):
            number += 1
            free = f"{name}_{number}"
        yield "file" if place == naming else free
