"""What is known about a table without any model: kinds of columns, counts, examples."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:  # the process that reads files has no use for pandas
    import pandas as pd

_SHOWN = 50  # so many of the most frequent values are kept
_EXAMPLES = 5
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_CODE = r"^[+-]?0\d|^[+-]?\d{16,}$|[eE][+-]?\d{3}$"  # digits that a number type would change: 00501, 23 digits, 1e400
_IDENTIFIER = r"^[A-Za-z0-9_.:/-]*\d[A-Za-z0-9_.:/-]*$"
_NAMED_ID = re.compile(r"(^|[_\W])(id|uuid|guid|key)$|^(id|index|nr|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ColumnProfile:
    """One column. ``kind`` is "text", "category", "number" or "id"; lengths are in characters.

    ``notes`` are plain sentences about what deserves a look, such as values that only look like numbers.
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


@dataclass(frozen=True, slots=True)
class TableProfile:
    rows: int
    columns: tuple[ColumnProfile, ...]

    def column(self, name: str) -> ColumnProfile | None:
        return next((column for column in self.columns if column.name == name), None)


def profile_table(table: "pa.Table | pd.DataFrame") -> TableProfile:
    """Profile a table of strings, where the empty string is a missing value."""
    if not isinstance(table, pa.Table):
        table = pa.Table.from_pandas(table, preserve_index=False)
    columns = tuple(_profile(name, table.column(name)) for name in table.column_names)
    return TableProfile(rows=table.num_rows, columns=columns)


def to_dict(profile: TableProfile) -> dict[str, Any]:
    """The profile as plain values, for profile.json."""
    return asdict(profile)


def from_dict(content: Mapping[str, Any]) -> TableProfile:
    """The profile that ``to_dict`` wrote."""
    columns = (
        ColumnProfile(**{**column, "examples": tuple(column["examples"]), "notes": tuple(column["notes"])})
        for column in content["columns"]
    )
    return TableProfile(rows=content["rows"], columns=tuple(columns))


def _profile(name: str, column: pa.ChunkedArray) -> ColumnProfile:
    filled = column.filter(pc.not_equal(pc.utf8_trim_whitespace(column), ""))
    tally = filled.value_counts()
    tally = pa.chunked_array([tally]) if isinstance(tally, pa.Array) else tally
    values = pc.struct_field(tally, [0])
    distinct = len(values)
    lengths = pc.utf8_length(filled)
    mean_length = float(pc.mean(lengths).as_py() or 0.0)
    kind = _kind(name, values, len(filled), mean_length)
    counts = {}
    if kind in ("category", "number"):
        order = pc.sort_indices(pc.struct_field(tally, [1]), sort_keys=[("", "descending")])[:_SHOWN]
        counts = {entry["values"]: entry["counts"] for entry in tally.take(order).to_pylist()}
    return ColumnProfile(
        name=name,
        kind=kind,
        missing=len(column) - len(filled),
        distinct=distinct,
        mean_length=round(mean_length, 1),
        max_length=int(pc.max(lengths).as_py() or 0),
        examples=tuple(values[:_EXAMPLES].to_pylist()),
        counts=counts,
        notes=tuple(_notes(column, values, kind)),
    )


def _kind(name: str, values: pa.ChunkedArray, filled: int, mean_length: float) -> str:
    """The kind that fits ``values`` (each once) of a column with ``filled`` cells."""
    distinct = len(values)
    if distinct == 0:
        return "text"
    repeats = distinct <= filled / 2 or (distinct <= 2 and filled > 2)
    if _all_match(values, _NUMBER) and not _any_match(values, _CODE):
        whole = not _any_match(values, r"[.eE]")
        if repeats and distinct <= 20 and (whole or filled >= 5 * distinct):
            return "category"
        return "id" if whole and distinct == filled > 2 and _NAMED_ID.search(name) else "number"
    if repeats and distinct <= 1000 and mean_length <= 60:
        return "category"
    if distinct > 0.9 * filled and mean_length <= 64 and _all_match(values, _IDENTIFIER):
        return "id"
    return "text"


def _notes(column: pa.ChunkedArray, values: pa.ChunkedArray, kind: str) -> list[str]:
    notes = []
    numbers = _matching(values, _NUMBER)
    changed = values.filter(pc.match_substring_regex(values, _CODE)) if numbers else values[:0]
    codes = changed.filter(pc.match_substring_regex(changed, _NUMBER))
    if len(codes):
        shown = codes[0].as_py()[:40]
        notes.append(f"Values such as {shown} look like numbers but would change as numbers; they are kept as text.")
    if numbers and kind != "number" and numbers < len(values) and numbers >= 0.8 * len(values):
        odd = values.filter(pc.invert(pc.match_substring_regex(values, _NUMBER)))[0].as_py()
        count = pc.sum(pc.match_substring_regex(column, _NUMBER)).as_py()
        notes.append(f"{count:,} of {len(column):,} cells are numbers; the first that is not is '{odd[:40]}'.")
    return notes


def _matching(values: pa.ChunkedArray, pattern: str) -> int:
    return int(pc.sum(pc.match_substring_regex(values, pattern)).as_py() or 0)


def _all_match(values: pa.ChunkedArray, pattern: str) -> bool:
    # Most columns are told apart by their first value; texts can be long.
    return _matching(values[:100], pattern) == len(values[:100]) and _matching(values, pattern) == len(values)


def _any_match(values: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(values, pattern)).as_py())
