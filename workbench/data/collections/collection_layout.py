"""What the files of an archive or a folder are together: images, tables, texts; the rest is left out and counted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.data import images
from workbench.data.collections import (
    coco,
    entry_names,
    image_folders,
    listed_images,
    packed_tables,
    tagged_words,
    text_folders,
    voc,
)
from workbench.data.collections.collection import Collection, Entry
from workbench.data.formats import detection
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.read_options import ReadOptions
from workbench.errors import DataError
from workbench.settings import Limits

_TEXTS = (".txt", ".text", ".md")
_IMAGES = "images"  # as a part, beside tables
_TABLES = tuple(ending for ending in detection.ENDINGS if ending not in _TEXTS)


@dataclass(frozen=True, slots=True)
class _Kinds:
    """The entries by what their names promise."""

    images: tuple[Entry, ...]
    tables: tuple[Entry, ...]
    texts: tuple[Entry, ...]
    marked_up: tuple[Entry, ...]


def inspect(collection: Collection, options: ReadOptions, limits: Limits) -> Layout:
    """The collection as a table. Raises DataError when it holds nothing of which one could be made."""
    kinds = _kinds(collection.entries)
    taken, found = _layout(collection, kinds, options, limits)
    used = {entry.place for entry in taken}
    left = [entry.name for entry in collection.entries if entry.place not in used]
    notes = [
        *collection.notes,
        *([f"Left out: {entry_names.counted(left)}."] if left else []),
        *([f"Ignored, since file managers leave them behind: {collection.ignored:,}."] if collection.ignored else []),
    ]
    return replace(found, notes=(*found.notes, *notes), problems=(*collection.problems, *found.problems))


def _layout(
    collection: Collection, kinds: _Kinds, options: ReadOptions, limits: Limits
) -> tuple[Sequence[Entry], Layout]:
    """The entries that are taken, and their layout."""
    if kinds.images:
        return _images(collection, kinds, options, limits)
    if words := tagged_words.find(collection, [*kinds.tables, *kinds.texts]):
        return words, tagged_words.layout(collection, words, options, limits)
    if not kinds.tables and len(kinds.texts) > 1:
        return kinds.texts, text_folders.layout(collection, kinds.texts, options, limits)
    tables = kinds.tables or kinds.texts
    if tables:
        return tables, packed_tables.layout(collection, tables, options, limits)
    raise _nothing(collection)


def _images(
    collection: Collection, kinds: _Kinds, options: ReadOptions, limits: Limits
) -> tuple[Sequence[Entry], Layout]:
    """Images with boxes, with a table that names them, or in folders; beside tables of other matters: it is asked."""
    if found := coco.annotations(collection, kinds.tables):
        return coco.layout_of(collection, kinds.images, found, options)
    if found := voc.annotations(collection, kinds.marked_up):
        return voc.layout_of(collection, kinds.images, found, options)
    if not kinds.tables:
        return kinds.images, image_folders.layout(collection, kinds.images, options)
    listings = listed_images.find(collection, kinds.images, kinds.tables, options, limits)
    if not listings:
        return _images_or_table(collection, kinds, options, limits)
    names = [entry.name for entry in listings]
    part, asked = choose(collection.code, collection.name, "table that names images", names, options)
    entry, listing = next((entry, listing) for entry, listing in listings.items() if entry.name == part)
    made = listed_images.layout(collection, listing, replace(options, part=part))
    return [*kinds.images, entry], replace(made, parts=tuple(names), problems=(*asked, *made.problems))


def _images_or_table(
    collection: Collection, kinds: _Kinds, options: ReadOptions, limits: Limits
) -> tuple[Sequence[Entry], Layout]:
    names = [_IMAGES, *(entry.name for entry in kinds.tables)]
    if options.part not in (None, _IMAGES):
        return kinds.tables, packed_tables.layout(collection, kinds.tables, options, limits, beside=[_IMAGES])
    part, asked = choose(collection.code, collection.name, "kind of data", names, options)
    made = image_folders.layout(collection, kinds.images, replace(options, part=part))
    return kinds.images, replace(made, parts=tuple(names), problems=(*asked, *made.problems))


def _kinds(entries: Sequence[Entry]) -> _Kinds:
    by_ending: dict[str, list[Entry]] = {}
    for entry in entries:
        by_ending.setdefault(entry_names.ending(entry.name), []).append(entry)

    def of(endings: Sequence[str]) -> tuple[Entry, ...]:
        found = [entry for ending in endings for entry in by_ending.get(ending, ())]
        return tuple(sorted(found, key=lambda entry: entry.name))

    texts = of(_TEXTS)
    told = tuple(entry for entry in texts if not entry_names.is_about(entry.name))
    return _Kinds(of(images.ENDINGS), of(_TABLES), told or texts, of((".xml",)))


def _nothing(collection: Collection) -> DataError:
    what = "it holds no files" if not collection.entries else "it holds no images, tables or texts"
    names = [entry.name for entry in collection.entries]
    there = f" ({entry_names.counted(names)})" if names else ""
    return DataError(
        f"{what}{there}: no rows",
        where=collection.name,
        remedy="Nothing was imported. Put images in folders named by their class, a table, or texts into it.",
        code=f"{collection.code}-04",
    )
