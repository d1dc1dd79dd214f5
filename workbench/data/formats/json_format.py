"""JSON: a list of records, the same under a key, or columns by name; read value by value."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workbench.data import encoding
from workbench.data.encoding_problem import unfit
from workbench.data.formats.json_table import OBJECTS, RECORD, RECORDS, STREAM, VALUES, Table, indexed, split
from workbench.data.formats.json_text import Broken, Member, elements, end_of, members, skip_space
from workbench.data.formats.json_values import Object, called
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.read_options import ReadOptions
from workbench.data.record_columns import keys_of, named, values_of
from workbench.data.tally import Reject
from workbench.data.typed_rows import TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

TITLE = "JSON"
ENDINGS: tuple[str, ...] = (".json", ".jsonl", ".ndjson")  # a single line is both
_CODE = "JSON"
_MARKS = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"  # byte order marks, zeros of UTF-16, white space
_PLAIN = re.compile(rb"\[\s*(-?\d[\d.eE+-]*|true|false|null)\s*,")  # a list of plain values
_EXAMPLE = 'Nothing was imported. Write a list of records: [{"text": "…", "label": "…"}, …].'


def fits(path: Path, start: bytes) -> bool:
    """Does the text begin as a list of values or as an object does? ("[id],[name]" is a header.)"""
    begin = start.lstrip(_MARKS).replace(b"\0", b"")[:1000]
    follows = begin[1:].lstrip()[:1]
    if _PLAIN.match(begin):
        with path.open("rb") as file:
            file.seek(-min(path.stat().st_size, 100), 2)
            return file.read().strip(_MARKS).endswith(b"]")
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
        raise _no_records(name, table)
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


def _find(text: str, name: str, options: ReadOptions) -> Table:
    """The table in the text. Raises Broken, and DataError when there is none."""
    start = skip_space(text, 1 if text.startswith("\ufeff") else 0)
    end = skip_space(text, end_of(text, start))
    if end < len(text):
        follows = skip_space(text, end + 1) if text[end] == "," else end
        if text[start] == "{" and text[follows : follows + 1] in ("{", ""):
            note = "The file holds records one after the other."
            return Table(text, STREAM, [("", start)], options=options, notes=(note,))
        raise Broken("something follows after the value", end)
    if text[start] == "[":
        return Table(text, RECORDS, [("", start)], options=options)
    found = list(members(text, start))
    _refuse_repeated(name, text, found)
    records = [member for member in found if member.kind == "records"]
    if records:
        return _under_a_key(text, name, options, found, records)
    columns = [(member.key, member.start) for member in found]
    kinds = {member.kind for member in found}
    if table := split(text, found, options) or indexed(text, start, found, options):
        return table
    if kinds == {"values"}:
        _refuse_uneven(name, found)
        return Table(text, VALUES, columns, options=options, notes=("The file holds columns by name.",))
    if kinds == {"object"} and _are_numbered(text, found):
        _refuse_uneven(name, found)
        return Table(text, OBJECTS, columns, options=options, notes=("The file holds columns by name.",))
    if kinds == {"value"}:
        return Table(text, RECORD, [("", start)], options=options)
    keys = ", ".join(f'"{member.key[:40]}"' for member in found[:5])
    raise DataError(f"no key holds a list of records ({keys})", where=name, remedy=_EXAMPLE, code=f"{_CODE}-24")


def _under_a_key(
    text: str, name: str, options: ReadOptions, found: Sequence[Member], records: Sequence[Member]
) -> Table:
    parts = tuple(member.key for member in records)
    part, problems = choose(_CODE, name, "list of records", parts, options)
    chosen = next(member for member in records if member.key == part)
    beside = [f'"{member.key[:40]}"' for member in found if member is not chosen]
    notes = (f'Left out beside the records in "{part[:40]}": {", ".join(beside[:10])}.',) if beside else ()
    return Table(
        text,
        RECORDS,
        [("", chosen.start)],
        options=replace(options, part=part),
        parts=parts,
        problems=problems,
        notes=notes,
    )


def _are_numbered(text: str, found: Sequence[Member]) -> bool:
    """Are the first column's keys the numbers of rows? Keys of another sort could be columns just as well."""
    return all(member.key == str(place) for place, member in enumerate(members(text, found[0].start)))


def _no_records(name: str, table: Table) -> DataError:
    """Why there is no table where a list begins as one: it is empty, or holds plain values."""
    first = (
        next((value for _, value, _ in elements(table.text, table.starts[0][1])), None)
        if table.kind == RECORDS
        else None
    )
    what = "there are no records with values: no rows"
    if table.kind == RECORDS and first is not None and not isinstance(first, Object):
        what = f"the list holds no records: its first element is {called(first)}"
    return DataError(what, where=name, remedy=_EXAMPLE, code=f"{_CODE}-04")


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
