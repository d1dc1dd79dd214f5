"""Several files of words with tags (CoNLL) that come together: all of them become one table, or one is chosen."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data.collections import joined_tables, packed_tables
from workbench.data.collections.collection import Collection, Entry, start_of
from workbench.data.formats import conll_format
from workbench.data.layout import Layout, Rows
from workbench.data.read_options import ReadOptions
from workbench.data.tally import Reject
from workbench.settings import Limits

ALL = "all files"  # as a part
_START = 1 << 16


@dataclass(frozen=True, slots=True)
class _Unpacked:
    """The rows of all tables, and the files that must stay on disk while they are read."""

    joined: Layout
    disk: ExitStack

    def __call__(self, limits: Limits, reject: Reject | None, into: Path | None) -> Rows:
        return self.joined.rows(limits, reject, into)


def find(collection: Collection, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The files of words with tags, if there are several, and nothing else."""
    several = len(entries) > 1 and all(
        conll_format.fits(Path(entry.name), start_of(collection, entry)[:_START]) for entry in entries
    )
    return tuple(entries) if several else ()


def layout(collection: Collection, words: Sequence[Entry], options: ReadOptions, limits: Limits) -> Layout:
    """All files in the order of their names, or the one that ``options.part`` names. Raises DataError."""
    if options.part not in (None, ALL):
        return packed_tables.layout(collection, words, options, limits, beside=[ALL])
    alone = replace(options, part=None)
    with ExitStack() as disk:
        tables = [packed_tables.of_entry(collection, entry, alone, limits, disk) for entry in words]
        files = [entry.name for entry in words]
        joined = joined_tables.layout(tables, files, collection.name, replace(tables[0].options, part=ALL))
        return replace(joined, rows=_Unpacked(joined, disk.pop_all()), parts=(ALL, *files))
