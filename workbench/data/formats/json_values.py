"""JSON as it was written: numbers keep their digits, a key given twice is noticed, nested objects become columns."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from workbench.data.cells import Number
from workbench.data.typed_rows import Fault


class Object(dict[str, Any]):
    """A JSON object that remembers the first key that it was given twice."""

    __slots__ = ("repeated",)

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated: str | None = None
        if len(self) < len(pairs):
            self.repeated = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)


DECODER = json.JSONDecoder(object_pairs_hook=Object, parse_float=Number, parse_int=Number, parse_constant=Number)


def flat(value: object) -> dict[str, Any] | Fault:
    """A record's values by column: "author.name" for what lies in an object, lists left as they are."""
    if not isinstance(value, Object):
        return Fault("24", f"there is {called(value)} where an object is expected")
    columns: dict[str, Any] = {}
    for name, item in _leaves("", value):
        if isinstance(item, Fault):
            return item
        if name in columns:
            return Fault("24", _clash(name), remedy="Rename one of the keys")
        columns[name] = item
    return columns


def _clash(name: str) -> str:
    """A key with a dot in it, and one inside an object, that would be the same column."""
    outer, _, inner = name.rpartition(".")
    return (
        f'the key "{name[:100]}" and the key "{inner[:100]}" in "{outer[:100]}" would become one column, "{name[:100]}"'
    )


def called(value: object) -> str:
    """What a JSON value is, in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (Number, int, float)):
        return "a number"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "a text"


def _leaves(prefix: str, value: Object) -> Iterator[tuple[str, Any]]:
    if value.repeated is not None:
        name = f"{prefix}{value.repeated}"
        yield name, Fault("24", f'the key "{name[:200]}" is given twice')
    for key, item in value.items():
        if isinstance(item, Object) and item:
            yield from _leaves(f"{prefix}{key}.", item)
            continue
        repeated = _repeated(item) if isinstance(item, list) else None
        if repeated is not None:
            item = Fault("24", f'in the list "{prefix}{key}", the key "{repeated[:200]}" is given twice')
        yield f"{prefix}{key}", item


def _repeated(value: object) -> str | None:
    """The first key that is given twice in what a list holds."""
    if isinstance(value, Object) and value.repeated is not None:
        return value.repeated
    inner = value if isinstance(value, list) else value.values() if isinstance(value, Object) else ()
    return next((found for item in inner if (found := _repeated(item)) is not None), None)
