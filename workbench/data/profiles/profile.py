"""What is known about a table without any model: kinds of columns, counts, examples."""

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.data.profiles import histogram, image_profile, language
from workbench.data.profiles.column_tally import ColumnTally
from workbench.data.profiles.histogram import Histogram, Numbers
from workbench.data.profiles.image_profile import ImageProfile

if TYPE_CHECKING:  # the process that reads files has no use for pandas
    import pandas as pd

_SHOWN = 50  # so many of the most frequent values are kept
_EXACT = 1_000_000  # in so many cells distinct values are told apart
_TOLD_APART = 20_000_000  # and in so many cells of all columns together
_NAMED_ID = re.compile(r"(^|[_\W])(id|uuid|guid|key)$|^(id|index|nr|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. ``kind`` is "text", "category", "number" or "id"; lengths are in characters.

    ``notes`` are plain sentences about what deserves a look, such as values that only look like numbers. In a long
    column of many values ``distinct`` is a lower bound: then ``distinct_exact`` is False. ``lengths`` are those of
    texts, ``numbers`` are known of numbers, and ``language`` is the code of the one that texts seem to be in.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    mean_length: float
    max_length: int
    examples: tuple[str, ...]
    counts: Mapping[str, int]  # the 50 most frequent values, most frequent first (empty for text and id)
    notes: tuple[str, ...] = ()
    distinct_exact: bool = True
    lengths: Histogram | None = None
    numbers: Numbers | None = None
    language: str = ""


@dataclass(frozen=True, slots=True)
class TableProfile:
    """All columns, and the images where rows have any."""

    rows: int
    columns: tuple[ColumnProfile, ...]
    images: ImageProfile | None = None

    def column(self, name: str) -> ColumnProfile | None:
        return next((column for column in self.columns if column.name == name), None)


class Profiler:
    """Makes the profile of a table of strings that comes in batches; the empty string is a missing value."""

    def __init__(self, columns: Sequence[str]) -> None:
        exact = min(_EXACT, _TOLD_APART // max(1, len(columns)))
        self._tallies = {name: ColumnTally(exact) for name in columns}

    def add(self, cells: pa.RecordBatch) -> None:
        """Take note of some more rows."""
        for tally, column in zip(self._tallies.values(), cells.columns, strict=True):
            tally.add(column)

    def profile(self) -> TableProfile:
        """What is known of all rows."""
        columns = tuple(_profile(name, tally) for name, tally in self._tallies.items())
        return TableProfile(rows=max((tally.cells for tally in self._tallies.values()), default=0), columns=columns)


def profile_table(table: "pa.Table | pd.DataFrame") -> TableProfile:
    """Profile a table of strings, where the empty string is a missing value."""
    if not isinstance(table, pa.Table):
        table = pa.Table.from_pandas(table, preserve_index=False)
    profiler = Profiler(table.column_names)
    for cells in table.to_batches():
        profiler.add(cells)
    return profiler.profile()


def to_dict(profile: TableProfile) -> dict[str, Any]:
    """The profile as plain values, for profile.json."""
    return asdict(profile)


def from_dict(content: Mapping[str, Any]) -> TableProfile:
    """The profile that ``to_dict`` wrote, now or before there was more to know."""
    images = image_profile.from_dict(content["images"]) if content.get("images") else None
    return TableProfile(rows=content["rows"], columns=tuple(map(_column, content["columns"])), images=images)


def _column(content: Mapping[str, Any]) -> ColumnProfile:
    lengths, numbers = content.get("lengths"), content.get("numbers")
    known = {
        "examples": tuple(content["examples"]),
        "notes": tuple(content["notes"]),
        "lengths": lengths and histogram.from_dict(lengths),
        "numbers": numbers and Numbers(**{**numbers, "histogram": histogram.from_dict(numbers["histogram"])}),
    }
    return ColumnProfile(**{**content, **known})


def _profile(name: str, tally: ColumnTally) -> ColumnProfile:
    tally.finish()
    mean_length = tally.characters / tally.filled if tally.filled else 0.0
    kind = _kind(name, tally, mean_length)
    counts = tally.counts if tally.counts and kind in ("category", "number") else {}
    return ColumnProfile(
        name=name,
        kind=kind,
        missing=tally.cells - tally.filled,
        distinct=tally.distinct,
        mean_length=round(mean_length, 1),
        max_length=tally.longest,
        examples=tuple(tally.examples),
        counts=dict(heapq.nlargest(_SHOWN, counts.items(), key=lambda entry: entry[1])),
        notes=tuple(_notes(tally, kind)),
        distinct_exact=tally.told_apart == tally.filled,
        lengths=tally.lengths.histogram() if kind == "text" else None,
        numbers=tally.looks.spread.numbers() if kind == "number" else None,
        language=language.guess(tally.sample) if kind == "text" else "",
    )


def _kind(name: str, tally: ColumnTally, mean_length: float) -> str:
    """The kind that fits the values of a column."""
    distinct, cells, looks = tally.distinct, tally.told_apart, tally.looks
    if distinct == 0:
        return "text"
    repeats = distinct <= cells / 2 or (distinct <= 2 and cells > 2)
    if looks.all_numbers:
        if repeats and distinct <= 20 and (looks.whole or cells >= 5 * distinct):
            return "category"
        return "id" if looks.whole and distinct == cells > 2 and _NAMED_ID.search(name) else "number"
    if repeats and distinct <= 1000 and mean_length <= 60:
        return "category"
    return "id" if distinct > 0.9 * cells and mean_length <= 64 and looks.identifiers else "text"


def _notes(tally: ColumnTally, kind: str) -> list[str]:
    notes, looks = [], tally.looks
    if looks.code:
        notes.append(
            f"Values such as {looks.code[:40]} look like numbers but would change as numbers; they are kept as text."
        )
    if kind != "number" and 0.8 * looks.cells <= looks.numbers < looks.cells:
        notes.append(
            f"{looks.numbers:,} of {tally.cells:,} cells are numbers; the first that is not is '{looks.other[:40]}'."
        )
    return notes
