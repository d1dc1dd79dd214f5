"""JSON: a list of records, the same under a key, or columns by name; read value by value."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.data import encoding
from workbench.data.encoding_problem import unfit
from workbench.data.formats.json_text import Broken, Member, elements, end_of, members, skip_space, value_at
from workbench.data.formats.json_values import Object, flat
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.record_columns import Records, keys_of, named, values_of
from workbench.data.tally import Reject
from workbench.data.typed_rows import Fault, TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

TITLE = "JSON"
ENDINGS: tuple[str, ...] = (".json", ".jsonl", ".ndjson")  # a single line is both
_CODE = "JSON"
_MARKS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # byte order marks, zeros of UTF-16, white space
_EXAMPLE = 'Nothing was imported. Write a list of records: [{"text": "…", "label": "…"}, …].'


@dataclass(slots=True)
class _Table:
    """A table in JSON text: a list of records, one record, or columns side by side.

    ``pos`` and ``line`` are where the record that was read last begins.
    """

    text: str
    kind: str
    starts: Sequence[tuple[str, int]]  # name and place of each column, or of the only list
    pos: int = 0
    line: int = 1
    options: ReadOptions = field(default_factory=ReadOptions)
    parts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

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
        if self.kind == "record":
            yield self.starts[0][1], value_at(self.text, self.starts[0][1])[0]
        elif self.kind == "records":
            yield from ((pos, value) for pos, value, _ in elements(self.text, self.starts[0][1]))
        elif self.kind == "values":
            for cells in zip(*(elements(self.text, start) for _, start in self.starts), strict=True):
                yield cells[0][0], self._record([value for _, value, _ in cells])
        else:
            for row in zip(*(members(self.text, start) for _, start in self.starts), strict=True):
                keys = {member.key for member in row}
                fault = Fault("24", f"the columns have different keys here: {', '.join(sorted(keys))[:200]}")
                values = [value_at(self.text, member.start)[0] for member in row]
                yield row[0].start, self._record(values) if len(keys) == 1 else fault

    def _record(self, values: Sequence[object]) -> Object:
        return Object([(name, value) for (name, _), value in zip(self.starts, values, strict=True)])


def fits(path: Path, start: bytes) -> bool:  # noqa: ARG001
    """Does the text begin as a list of values or as an object does? ("[id],[name]" is a header.)"""
    begin = start.lstrip(_MARKS).replace(b"\0", b"")[:1000]
    follows = begin[1:].lstrip()[:1]
    return (begin[:1] == b"[" and follows in b'{["]') or (begin[:1] == b"{" and follows in b'"}')


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
    """Where the records are, and their keys. Raises DataError when the text is no JSON, or holds no table."""
    settled = encoding.settle(path, name, options.encoding, _CODE)
    options = replace(options, encoding=settled.encoding)
    text = path.read_text(encoding=settled.encoding, errors="workbench.mark")
    try:
        table = _find(text, name, options)
        keys = keys_of(_CODE, name, table.records(), limits, "record")
    except Broken as broken:
        raise _broken(name, text, broken) from None
    if not keys:
        raise DataError("there are no records with values: no rows", where=name, remedy=_EXAMPLE, code=f"{_CODE}-04")
    columns, problems, notes = named(_CODE, name, keys, table.options)
    if settled.misfit and settled.misfit.encoding != settled.encoding:
        where = f"{name}, line {encoding.line_of(path, settled.misfit)}"
        problems.insert(0, unfit(_CODE, where, settled.misfit, options))

    def place(row: int, column: int | None) -> str:
        return f"{name}, record {row} (line {table.line})" + ("" if column is None else f', column "{columns[column]}"')

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> TypedRows:
        return TypedRows(_CODE, columns, values_of(table.records(), keys), place, limits, reject, "record")

    return Layout(
        code=_CODE,
        name=name,
        options=table.options,
        columns=columns,
        first_row=1,
        notes=(*settled.notes, *table.notes, *notes),
        problems=(*problems, *table.problems),
        rows=rows,
        parts=table.parts,
    )


def _find(text: str, name: str, options: ReadOptions) -> _Table:
    """The table in the text. Raises Broken, and DataError when there is none."""
    start = skip_space(text, 1 if text.startswith("\ufeff") else 0)
    end = skip_space(text, end_of(text, start))
    if end < len(text):
        raise Broken("something follows after the value", end)
    if text[start] == "[":
        return _Table(text, "records", [("", start)], options=options)
    found = list(members(text, start))
    _refuse_repeated(name, text, found)
    records = [member for member in found if member.kind == "records"]
    if records:
        return _under_a_key(text, name, options, found, records)
    columns = [(member.key, member.start) for member in found]
    kinds = {member.kind for member in found}
    if kinds == {"values"}:
        _refuse_uneven(name, found)
        return _Table(text, "values", columns, options=options, notes=("The file holds columns by name.",))
    if kinds == {"object"} and _are_numbered(text, found):
        _refuse_uneven(name, found)
        return _Table(text, "objects", columns, options=options, notes=("The file holds columns by name.",))
    if kinds == {"value"}:
        return _Table(text, "record", [("", start)], options=options)
    keys = ", ".join(f'"{member.key[:40]}"' for member in found[:5])
    raise DataError(f"no key holds a list of records ({keys})", where=name, remedy=_EXAMPLE, code=f"{_CODE}-24")


def _under_a_key(
    text: str, name: str, options: ReadOptions, found: Sequence[Member], records: Sequence[Member]
) -> _Table:
    parts = tuple(member.key for member in records)
    part, problems = choose(_CODE, name, "list of records", parts, options)
    chosen = next(member for member in records if member.key == part)
    beside = [f'"{member.key[:40]}"' for member in found if member is not chosen]
    notes = (f'Left out beside the records in "{part[:40]}": {", ".join(beside[:10])}.',) if beside else ()
    return _Table(
        text,
        "records",
        [("", chosen.start)],
        options=replace(options, part=part),
        parts=parts,
        problems=problems,
        notes=notes,
    )


def _flat(value: object) -> dict[str, object] | Fault:
    try:
        return flat(value)
    except RecursionError:
        return Fault("24", "the objects are nested too deeply")


def _are_numbered(text: str, found: Sequence[Member]) -> bool:
    """Are the first column's keys the numbers of rows? Keys of another sort could be columns just as well."""
    return all(member.key == str(place) for place, member in enumerate(members(text, found[0].start)))


def _refuse_uneven(name: str, found: Sequence[Member]) -> None:
    first = found[0]
    other = next((member for member in found if member.count != first.count), None)
    if other:
        raise DataError(
            f'the column "{first.key}" has {first.count:,} values, the column "{other.key}" {other.count:,}',
            where=name,
            remedy="Nothing was imported. Give every column one value a row (null where there is none), or "
            "write a list of records.",
            code=f"{_CODE}-07",
        )


def _refuse_repeated(name: str, text: str, found: Sequence[Member]) -> None:
    seen: set[str] = set()
    for member in found:
        if member.key in seen:
            raise DataError(
                f'the key "{member.key[:200]}" is given twice',
                where=f"{name}, line {_line(text, member.start)}",
                remedy="Nothing was imported. Rename one of them.",
                code=f"{_CODE}-24",
            )
        seen.add(member.key)


def _broken(name: str, text: str, broken: Broken) -> DataError:
    column = broken.pos - (text.rfind("\n", 0, broken.pos) + 1) + 1
    return DataError(
        f"the text is no JSON from here on: {broken.what}",
        where=f"{name}, line {_line(text, broken.pos)}, character {column}",
        remedy="Nothing was imported. Correct this place, or write the file again; it may have been cut off.",
        code=f"{_CODE}-24",
    )


def _line(text: str, pos: int) -> int:
    return text.count("\n", 0, pos) + 1
