"""Walks through JSON text one value at a time, so that a large file's values are never all in memory."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from workbench.data.formats.json_values import DECODER, Object

_SPACE = re.compile(r"[ \t\r\n]*")


class Broken(Exception):
    """Raised where the text stops being JSON: ``pos`` is the character, counted from 0."""

    def __init__(self, what: str, pos: int) -> None:
        self.what = what
        self.pos = pos
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: where its value begins and ends, and what it is.

    ``kind`` is "records" (a list whose first element is an object), "values" (another list), "object" or "value";
    ``count`` says how many elements or members it has.
    """

    key: str
    start: int
    end: int
    kind: str
    count: int


def skip_space(text: str, pos: int) -> int:
    """The place of the next character that is no white space, perhaps the text's end."""
    found = _SPACE.match(text, pos)
    return found.end() if found else pos


def value_at(text: str, pos: int) -> tuple[Any, int]:
    """The value that begins at ``pos``, and where it ends. Raises Broken."""
    try:
        return DECODER.raw_decode(text, pos)
    except json.JSONDecodeError as error:
        raise Broken(error.msg.lower(), error.pos) from None
    except StopIteration:
        raise Broken("a value is expected", pos) from None
    except RecursionError:
        raise Broken("the values that begin here are nested too deeply", pos) from None


def elements(text: str, pos: int) -> Iterator[tuple[int, Any, int]]:
    """Every element of the list that begins at ``pos``: where it begins, its value, and where it ends."""
    pos = skip_space(text, pos + 1)
    if text[pos : pos + 1] == "]":
        return
    while True:
        if text[pos : pos + 1] == "]":
            raise Broken("a comma stands before the end of the list", pos)
        value, end = value_at(text, pos)
        yield pos, value, end
        end = skip_space(text, end)
        if text[end : end + 1] == "]":
            return
        pos = _after_comma(text, end, "list")


def one_by_one(text: str, pos: int) -> Iterator[tuple[int, Any]]:
    """Every value from ``pos`` on, with nothing but white space or a comma between them: where it begins, and it."""
    while pos < len(text):
        value, end = value_at(text, pos)
        yield pos, value
        pos = skip_space(text, end)
        if text[pos : pos + 1] == ",":
            pos = skip_space(text, pos + 1)


def members(text: str, pos: int) -> Iterator[Member]:
    """Every member of the object that begins at ``pos``."""
    pos = skip_space(text, pos + 1)
    if text[pos : pos + 1] == "}":
        return
    while True:
        if text[pos : pos + 1] != '"':
            raise Broken("a key in quotation marks is expected", pos)
        key, end = value_at(text, pos)
        end = skip_space(text, end)
        if text[end : end + 1] != ":":
            raise Broken("a colon is expected", end)
        member = _member(key, text, skip_space(text, end + 1))
        yield member
        end = skip_space(text, member.end)
        if text[end : end + 1] == "}":
            return
        pos = _after_comma(text, end, "group of keys")


def end_of(text: str, pos: int) -> int:
    """Where the value that begins at ``pos`` ends."""
    return _member("", text, pos).end


def _member(key: str, text: str, start: int) -> Member:
    if text[start : start + 1] != "[":
        value, end = value_at(text, start)
        is_object = isinstance(value, Object)
        return Member(key, start, end, "object" if is_object else "value", len(value) if is_object else 1)
    count, last, kind = 0, start + 1, "values"
    for _, value, end in elements(text, start):
        kind = "records" if not count and isinstance(value, Object) else kind
        count, last = count + 1, end
    return Member(key, start, skip_space(text, last) + 1, kind, count)


def _after_comma(text: str, pos: int, what: str) -> int:
    if pos >= len(text):
        raise Broken(f"the text ends in the middle of a {what}", pos)
    if text[pos] != ",":
        raise Broken(f"a comma or the end of the {what} is expected", pos)
    return skip_space(text, pos + 1)
