"""JSON Lines: every line an object, its keys the columns."""

import json
from dataclasses import replace
from pathlib import Path

from workbench.data import encoding
from workbench.data.encoding_problem import unfit
from workbench.data.formats.json_values import DECODER, flat
from workbench.data.layout import Layout
from workbench.data.progress import count_lines
from workbench.data.read_options import ReadOptions
from workbench.data.record_columns import Records, keys_of, named, values_of
from workbench.data.tally import Reject
from workbench.data.typed_rows import Fault, TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

TITLE = "JSON Lines"
ENDINGS: tuple[str, ...] = (".jsonl", ".ndjson")
_CODE = "JSONL"
_LOOKED_AT = 20  # lines that decide
_LONGEST = 1 << 20


def fits(path: Path, start: bytes) -> bool:
    """Do most of the first lines begin and end as an object does? (One line alone is JSON.)"""
    if not start.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"{"):
        return False
    lines: list[str] = []
    with path.open(encoding=encoding.by_mark(start) or "utf-8", errors="replace") as file:
        while len(lines) < _LOOKED_AT and (line := file.readline(_LONGEST)):
            lines += [line.strip()] if line.strip() else []
    return len(lines) > 1 and sum(line.startswith("{") and line.endswith("}") for line in lines) > len(lines) / 2


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:
    """The keys of all lines. Raises DataError when no line holds any."""
    settled = encoding.settle(path, name, options.encoding, _CODE)
    keys = keys_of(_CODE, name, _records(path, settled.encoding), limits, "line")
    if not keys:
        first = next((record for _, record in _records(path, settled.encoding) if isinstance(record, Fault)), None)
        raise DataError(
            f"no line holds an object with keys{f' ({first.what})' if first else ''}",
            where=f"{name}, line 1",
            remedy='Nothing was imported. Write every row as a line such as {"text": "…", "label": "…"}.',
            code=f"{_CODE}-24",
        )
    options = replace(options, encoding=settled.encoding)
    columns, problems, notes = named(_CODE, name, keys, options)
    if settled.misfit and settled.misfit.encoding != settled.encoding:
        where = f"{name}, line {encoding.line_of(path, settled.misfit)}"
        problems.insert(0, unfit(_CODE, where, settled.misfit, options))

    def place(row: int, column: int | None) -> str:
        return f"{name}, line {row}" + ("" if column is None else f', column "{columns[column]}"')

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> TypedRows:
        source = values_of(_records(path, settled.encoding), keys)
        return TypedRows(_CODE, columns, source, place, limits, reject, "line")

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=1,
        notes=(*settled.notes, *notes),
        problems=tuple(problems),
        rows=rows,
        expected=count_lines(path),
    )


def _records(path: Path, encoded: str) -> Records:
    with path.open(encoding=encoded, errors="workbench.mark") as file:
        for row, line in enumerate(file, 1):
            yield row, _record(line) if line.strip() else None


def _record(line: str) -> dict[str, object] | Fault:
    try:
        record = flat(DECODER.decode(line.lstrip("\ufeff")))
    except json.JSONDecodeError as error:
        what = f"the line is no JSON ({error.msg.lower()} at character {error.pos + 1})"
        return Fault("24", what, None, _shown(line))
    except RecursionError:
        return Fault("24", "the objects in the line are nested too deeply", None, _shown(line))
    return replace(record, cells=_shown(line)) if isinstance(record, Fault) else record


def _shown(line: str) -> tuple[str, ...]:
    return (line.rstrip("\r\n"),)
