"""Tables in an archive or a folder: read as if they lay there alone; ``part`` chooses among several."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data.collections.collection import Collection, Damaged, Entry, at
from workbench.data.formats import conll_format, detection, json_format, sqlite_format, xlsx_format
from workbench.data.layout import Layout, Rows
from workbench.data.parts import choose
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject
from workbench.errors import DataError
from workbench.settings import Limits

_WITHIN = " › "  # between a file's name and the sheet in it


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """A table's rows, and the file that must stay on disk while they are read."""

    layout: Layout
    disk: ExitStack

    def __call__(self, limits: Limits, reject: Reject | None, into: Path | None) -> Rows:
        return self.layout.rows(limits, reject, into)


def layout(
    collection: Collection, entries: Sequence[Entry], options: ReadOptions, limits: Limits, beside: Sequence[str] = ()
) -> Layout:
    """The only table, or the chosen one of several; ``beside`` are other parts, which are not chosen.

    Raises DataError as its format does.
    """
    if len(entries) == 1 and not beside:
        named = options.part == entries[0].name
        found = of_entry(collection, entries[0], replace(options, part=None) if named else options, limits)
        return replace(found, parts=found.parts or (entries[0].name,)) if named else found
    names = [*beside, *(entry.name for entry in entries)]
    wanted, within = options.part, ""
    if wanted is not None and wanted not in names:
        wanted, _, within = wanted.partition(_WITHIN)
    name, asked = choose(collection.code, collection.name, "table", names, replace(options, part=wanted))
    entry = next(entry for entry in entries if entry.name == name)
    with ExitStack() as disk:
        path = _on_disk(collection, entry, disk)
        has_parts = detection.detect(path, name) in (xlsx_format, json_format, sqlite_format, conll_format)
        inner = replace(options, part=(within or None) if has_parts else name)
        found = detection.inspect(path, f"{collection.name}{_WITHIN}{name}", inner, limits)[1]
        kept = _Unpacked(found, disk.pop_all())
    if not has_parts:
        return replace(found, rows=kept, parts=tuple(names), problems=(*asked, *found.problems))
    several = len(found.parts) > 1
    parts = [[f"{name}{_WITHIN}{part}" for part in found.parts] if several and one == name else [one] for one in names]

    def outer(inner: ReadOptions) -> ReadOptions:
        return replace(inner, part=f"{name}{_WITHIN}{inner.part}" if several else name)

    def asking(problem: Problem) -> Problem:
        return replace(problem, fix=outer(problem.fix)) if problem.fix else problem

    return replace(
        found,
        options=outer(found.options),
        rows=kept,
        parts=tuple(part for group in parts for part in group),
        problems=(*asked, *map(asking, found.problems)),
    )


def of_entry(
    collection: Collection, entry: Entry, options: ReadOptions, limits: Limits, kept: ExitStack | None = None
) -> Layout:
    """One entry as the table that it is; what must stay on disk for it goes when its rows do, or ``kept`` closes."""
    with ExitStack() as disk:
        path = _on_disk(collection, entry, disk)
        found = detection.inspect(path, f"{collection.name}{_WITHIN}{entry.name}", options, limits)[1]
        if kept is not None:
            kept.push(disk.pop_all())
            return found
        return replace(found, rows=_Unpacked(found, disk.pop_all()))


def _on_disk(collection: Collection, entry: Entry, disk: ExitStack) -> Path:
    try:
        return disk.enter_context(collection.path_of(entry))
    except Damaged as damage:
        raise DataError(
            f"the entry cannot be read: {damage.what}",
            where=at(collection, entry),
            remedy="Nothing was imported. Copy or download the archive again, or pack it anew.",
            code=f"{collection.code}-23",
        ) from None
