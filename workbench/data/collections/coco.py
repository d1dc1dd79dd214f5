"""Boxes as COCO keeps them: one JSON file with images, categories and annotations."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.data.collections.boxes import Annotated, Box, box, layout
from workbench.data.collections.collection import Collection, Damaged, Entry, at, read, start_of
from workbench.data.collections.name_index import NameIndex
from workbench.data.formats.json_text import Broken, elements, members, skip_space
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.read_options import ReadOptions
from workbench.data.typed_rows import Fault
from workbench.errors import DataError

CODE = "COCO"
_SIZE = 600_000_000  # bytes of the JSON file
_LISTS = ("images", "annotations", "categories")


@dataclass(slots=True)
class _Found:
    """What the file says: names of categories and files by their numbers, and the boxes of each file."""

    categories: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    boxes: dict[str, list[Box]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    stray: int = 0


def annotations(collection: Collection, tables: Sequence[Entry]) -> tuple[Entry, ...]:
    """The JSON files that look like COCO's."""
    return tuple(entry for entry in tables if entry.name.lower().endswith(".json") and _fits(collection, entry))


def layout_of(
    collection: Collection, images: Sequence[Entry], found: Sequence[Entry], options: ReadOptions
) -> tuple[Sequence[Entry], Layout]:
    """The entries that are taken, and a row for each image that the chosen file lists, boxes or not.

    Raises DataError, naming the place, where the file is not as it should be.
    """
    names = [entry.name for entry in found]
    part, asked = choose(CODE, collection.name, "file with boxes", names, options)
    entry = found[names.index(part)]
    where = at(collection, entry)
    try:
        text = read(collection, entry, _SIZE).decode("utf-8-sig")
    except (Damaged, UnicodeDecodeError) as error:
        raise _refused(where, f"it cannot be read ({error})") from None
    content = _content(text, where)
    del text
    index = NameIndex(images)
    rows = [_annotated(content, number, name, index, where) for number, name in content.files.items()]
    count = sum(len(boxes) for boxes in content.boxes.values())
    notes = [f"{count:,} boxes of {len(content.categories):,} categories in COCO's format, from '{part[-80:]}'."]
    if content.stray:
        notes.append(f"Boxes whose image is not listed are left out: {content.stray:,}.")
    made = layout(collection, lambda: iter(rows), len(rows), replace(options, part=part), notes)
    taken = [entry, *(row.entry for row in rows if row.entry)]
    several = tuple(names) if len(names) > 1 else ()
    return taken, replace(made, parts=several, problems=asked)


def _fits(collection: Collection, entry: Entry) -> bool:
    start = start_of(collection, entry)
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and (
        (b'"images"' in start and b'"file_name"' in start) or (b'"annotations"' in start and b'"bbox"' in start)
    )


def _content(text: str, where: str) -> _Found:
    """Read value by value, so that outlines and the like, which are left out, are never all in memory."""
    found = _Found()
    with _told(where):
        lists = {member.key: member for member in members(text, skip_space(text, 0)) if member.key in _LISTS}
        missing = [name for name in _LISTS if name not in lists or lists[name].kind == "value"]
        if missing:
            raise _refused(where, f'there is no list "{missing[0]}" in it')
        for _, value, _ in elements(text, lists["categories"].start):
            found.categories[str(value["id"])] = str(value["name"]).strip()
        for _, value, _ in elements(text, lists["images"].start):
            number = str(value["id"])
            if number in found.files:
                raise _refused(
                    where, f'the id {number[:40]} is given to two images: "{found.files[number][:80]}" is one'
                )
            found.files[number] = str(value["file_name"])
        for place, (_, value, _) in enumerate(elements(text, lists["annotations"].start), 1):
            _add(found, value, place)
    return found


def _add(found: _Found, value: dict[str, Any], place: int) -> None:
    number = str(value["image_id"])
    if number not in found.files:
        found.stray += 1
        return
    sides = value.get("bbox")
    label = found.categories.get(str(value["category_id"]), "")
    made = box(label, sides[:2], sides[2:]) if isinstance(sides, list) and len(sides) == 4 else None
    if made is None:
        found.faults.setdefault(number, f"annotation {place:,} of this image has no box or no known category")
    else:
        found.boxes.setdefault(number, []).append(made)


def _annotated(found: _Found, number: str, name: str, index: NameIndex, where: str) -> Annotated:
    entry = index.find(name)
    place = f'{where}, image "{name[:120]}"'
    if entry is None:
        return Annotated(name, None, (), Fault("00", "the image is not there", 0, remedy="Add the image"), place)
    if number in found.faults:
        return Annotated(name, entry, (), Fault("24", found.faults[number], 2), place)
    return Annotated(name, entry, found.boxes.get(number, []))


@contextmanager
def _told(where: str) -> Iterator[None]:
    try:
        yield
    except Broken as broken:
        raise _refused(where, f"the text is no JSON from character {broken.pos + 1:,} on: {broken.what}") from None
    except KeyError as error:
        raise _refused(where, f"an element of its lists has no {error.args[0]!r}") from None
    except (TypeError, AttributeError, ValueError, RecursionError):
        raise _refused(where, "its lists hold something that is no image, category or annotation") from None


def _refused(where: str, what: str) -> DataError:
    remedy = "Nothing was imported. Export the annotations again; the format is described at cocodataset.org."
    return DataError(what, where=where, remedy=remedy, code=f"{CODE}-24")
