"""Typed values as cells: written as they were, and told apart by kind, so that a column of mixed types is noticed."""

import datetime
import decimal
import json
from collections import Counter
from collections.abc import Sequence


class Number(str):
    """A number as it stands in a text file: 1.0 stays 1.0, and 1e400 stays 1e400."""

    __slots__ = ()


KINDS = {  # one, several
    "text": "texts",
    "number": "numbers",
    "boolean": "booleans",
    "date": "dates",
    "time": "times",
    "list": "lists",
    "object": "objects",
}


def written(value: object) -> str:
    """The value as text: null is empty, booleans are true and false, dates ISO 8601, lists and objects JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return as_json(value) if isinstance(value, (dict, list, tuple)) else str(value)


def as_json(value: object) -> str:
    """The value as JSON text, with numbers as they were written."""
    if isinstance(value, dict):
        members = (f"{json.dumps(written(key), ensure_ascii=False)}: {as_json(item)}" for key, item in value.items())
        return f"{{{', '.join(members)}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_json, value))}]"
    if value is None:
        return "null"
    if isinstance(value, (Number, bool, int, float, decimal.Decimal)):
        return written(value)
    return json.dumps(written(value), ensure_ascii=False)


def kind(value: object) -> str:
    """What ``KINDS`` calls the value; nothing for null and the empty text."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (Number, int, float, decimal.Decimal)):
        return "number"
    if isinstance(value, datetime.date):
        return "date"
    if isinstance(value, (datetime.time, datetime.timedelta)):
        return "time"
    if isinstance(value, dict):
        return "object"
    return "list" if isinstance(value, (list, tuple)) else "text"


class Mixture:
    """Counts the kinds of values in each column, and remembers where each kind came first (case 17)."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._counts: list[Counter[str]] = [Counter() for _ in columns]
        self._first: dict[tuple[int, str], tuple[int, str]] = {}

    def add(self, row: int, column: int, value: object, cell: str) -> None:
        found = kind(value)
        if not found:
            return
        counts = self._counts[column]
        if found not in counts:
            self._first[column, found] = (row, cell)
        counts[found] += 1

    def notes(self, called: str) -> tuple[str, ...]:
        """A sentence on every column of several kinds; ``called`` is what people call a row of such a file."""
        return tuple(
            self._note(column, counts, called) for column, counts in enumerate(self._counts) if len(counts) > 1
        )

    def _note(self, column: int, counts: Counter[str], called: str) -> str:
        ranked = counts.most_common()
        rarest = ranked[-1][0]
        row, cell = self._first[column, rarest]
        listed = " and ".join(f"{count:,} {name if count == 1 else KINDS[name]}" for name, count in ranked)
        return f"Column '{self._columns[column]}' mixes {listed}; the first {rarest} is '{cell[:40]}' ({called} {row})."


def _duration(value: datetime.timedelta) -> str:
    """26:30:00, as a spreadsheet shows it, with a fraction of a second only where there is one."""
    sign = "-" if value < datetime.timedelta() else ""
    value = abs(value)
    minutes, seconds = divmod(value.days * 86_400 + value.seconds, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}{fraction}"
