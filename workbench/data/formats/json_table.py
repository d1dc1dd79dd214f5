"""A table in JSON text, whichever way it lies there: as records, one record, columns, rows, or as pandas writes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from workbench.data.formats.json_text import Member, elements, members, one_by_one, value_at
from workbench.data.formats.json_values import Object, called, flat
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.record_columns import Records
from workbench.data.typed_rows import Fault

RECORDS, RECORD, VALUES, OBJECTS, SPLIT, INDEXED, STREAM = (
    "records",
    "record",
    "values",
    "objects",
    "split",
    "indexed",
    "stream",
)
INDEX = "index"  # the column of the rows' names, where these are not just their numbers
_SPLIT = {"columns", "data"}
_MANY = 10
_BESIDE = {"index", "index_names", "column_names"}


@dataclass(slots=True)
class Table:
    """A table in JSON text; ``kind`` says how it lies there.

    ``starts`` are name and place of each column, or of the only list or object. ``pos`` and ``line`` are where the
    record that was read last begins. ``names`` are the columns of rows that are lists ("split"), ``index`` is where
    the list of the rows' names begins; 0 where there is none that matters.
    """

    text: str
    kind: str
    starts: Sequence[tuple[str, int]]
    pos: int = 0
    line: int = 1
    options: ReadOptions = field(default_factory=ReadOptions)
    parts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    index: int = 0

    def records(self) -> Records:
        """Every record by its number, counted from 1. Raises Broken."""
        self.pos, self.line = 0, 1
        for number, (pos, value) in enumerate(self._values(), 1):
            self.line += self.text.count("\n", self.pos, pos) if pos > self.pos else 0
            self.pos = max(pos, self.pos)
            record = value if isinstance(value, Fault) else _flat(value)
            if isinstance(record, Fault) and not record.cells:
                record = replace(record, cells=(self.text[pos : pos + 2000],))
            yield number, record

    def _values(self) -> Iterator[tuple[int, object]]:
        start = self.starts[0][1]
        if self.kind == RECORD:
            yield start, value_at(self.text, start)[0]
        elif self.kind == RECORDS:
            yield from ((pos, value) for pos, value, _ in elements(self.text, start))
        elif self.kind == STREAM:
            yield from one_by_one(self.text, start)
        elif self.kind == SPLIT:
            yield from self._split(start)
        elif self.kind == INDEXED:
            for member in members(self.text, start):
                value = value_at(self.text, member.start)[0]
                named = self.index and isinstance(value, Object)
                yield member.start, Object([(INDEX, member.key), *value.items()]) if named else value
        elif self.kind == VALUES:
            for cells in zip(*(elements(self.text, place) for _, place in self.starts), strict=True):
                yield cells[0][0], self._record([value for _, value, _ in cells])
        else:
            for row in zip(*(members(self.text, place) for _, place in self.starts), strict=True):
                keys = {member.key for member in row}
                fault = Fault("24", f"the columns have different keys here: {', '.join(sorted(keys))[:200]}")
                values = [value_at(self.text, member.start)[0] for member in row]
                yield row[0].start, self._record(values) if len(keys) == 1 else fault

    def _split(self, start: int) -> Iterator[tuple[int, object]]:
        named = (name for _, name, _ in elements(self.text, self.index)) if self.index else None
        for pos, row, _ in elements(self.text, start):
            cells = row if named is None or not isinstance(row, list) else [next(named, None), *row]
            if not isinstance(cells, list):
                yield pos, Fault("24", f"there is {called(row)} where a list of {len(self.names)} values is expected")
            elif len(cells) != len(self.names):
                short = len(cells) < len(self.names)
                what = f"the row has {len(cells)} values, and there are {len(self.names)} columns"
                yield pos, Fault("07" if short else "09", what)
            else:
                yield pos, Object(list(zip(self.names, cells, strict=True)))

    def _record(self, values: Sequence[object]) -> Object:
        return Object([(name, value) for (name, _), value in zip(self.starts, values, strict=True)])


def split(text: str, found: Sequence[Member], options: ReadOptions) -> Table | None:
    """The table that pandas writes with orient="split": names of columns, and rows that are lists; else None."""
    by_key = {member.key: member for member in found}
    if not _SPLIT <= by_key.keys() <= _SPLIT | _BESIDE or any(by_key[key].kind != "values" for key in _SPLIT):
        return None
    names = [name for _, name, _ in elements(text, by_key["columns"].start)]
    first = next((row for _, row, _ in elements(text, by_key["data"].start)), None)
    if not isinstance(first, list) or not all(isinstance(name, str) for name in names):
        return None
    listed = by_key.get("index")
    index = listed.start if listed else 0
    if listed and all(value == str(place) for place, (_, value, _) in enumerate(elements(text, index))):
        index = 0
    names = [INDEX, *names] if index else names
    starts = [("", by_key["data"].start)]
    note = "The file holds names of columns, and rows as lists (pandas: orient='split')."
    return Table(text, SPLIT, starts, options=options, names=tuple(map(str, names)), index=index, notes=(note,))


def indexed(text: str, start: int, found: Sequence[Member], options: ReadOptions) -> Table | None:
    """A table with a record under the number of each row (as pandas writes it with orient="index"), or under names of
    which there are many more than keys in a record: fewer could be columns. Else None."""
    if not found or any(member.kind != "object" for member in found):
        return None
    if not all(member.key.isdecimal() for member in found) and len(found) < max(_MANY, 3 * found[0].count):
        return None
    keys = [list(value_at(text, member.start)[0]) for member in found[:20]]
    if not keys[0] or any(other != keys[0] for other in keys) or all(key.isdecimal() for key in keys[0]):
        return None
    counted = all(member.key == str(place) for place, member in enumerate(found))
    note = "The file holds a record under a key for each row" + ("." if counted else f", which is in column '{INDEX}'.")
    return Table(text, INDEXED, [("", start)], options=options, index=0 if counted else 1, notes=(note,))


def _flat(value: object) -> dict[str, object] | Fault:
    try:
        return flat(value)
    except RecursionError:
        return Fault("24", "the objects are nested too deeply")
