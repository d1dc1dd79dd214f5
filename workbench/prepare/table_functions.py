"""What the preparation does to one cell of a table; standard library only, because exported models carry this file.

A cell that is no number, or no date, stays as it is where a number or a date is needed; an empty cell stays empty.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

FORMATS = (
    "iso",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
)
DATE_PARTS = ("year", "month", "day", "weekday", "hour", "days since 1970")


def number(cell: str) -> float | None:
    """The finite number that the cell holds, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def moment(cell: str, format: str) -> datetime | None:
    """The moment that the cell means, as UTC where it says no zone; None when it is not written in ``format``."""
    try:
        found = datetime.fromisoformat(cell.strip()) if format == "iso" else datetime.strptime(cell.strip(), format)
    except ValueError:
        return None
    if format == "iso" and "-" not in cell:  # 20261122 is more likely a number
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def fill(cell: str, *, value: str) -> str:
    """``value`` in place of an empty cell."""
    return cell if cell.strip() else value


def fill_and_flag(cell: str, *, value: str) -> tuple[str, str]:
    """``value`` in place of an empty cell, and whether it was empty (1 or 0)."""
    return fill(cell, value=value), "0" if cell.strip() else "1"


def scale(cell: str, *, minus: float, divide: float, plus: float = 0.0) -> str:
    """(x - minus) / divide + plus."""
    value = number(cell)
    return cell if value is None else repr((value - minus) / divide + plus)


def log(cell: str) -> str:
    """The logarithm of 1 + |x|, with the sign of x: long tails get shorter, zero stays zero."""
    value = number(cell)
    return cell if value is None else repr(math.copysign(math.log1p(abs(value)), value) if value else 0.0)


def clip(cell: str, *, low: float, high: float) -> str:
    """The nearest number within [low, high]; a number that is within stays as it was written."""
    value = number(cell)
    if value is None or low <= value <= high:
        return cell
    return repr(min(max(value, low), high))


def bin(cell: str, *, edges: Sequence[float]) -> str:
    """The range between two ``edges`` that holds the number, in words; the outermost ranges are open."""
    value = number(cell)
    if value is None:
        return cell
    if not edges:
        return "all"
    place, names = bisect_right(edges, value), _short(edges)
    if place == 0:
        return f"below {names[0]}"
    return f"from {names[-1]}" if place == len(edges) else f"{names[place - 1]} to {names[place]}"


def one_hot(cell: str, *, categories: Sequence[str]) -> tuple[str, ...]:
    """A 1 for the category that the cell holds and 0 for the others; all 0 for one that is not known."""
    return tuple("1" if cell == category else "0" for category in categories)


def ordinal(cell: str, *, categories: Sequence[str]) -> str:
    """The category's place in the list, -1 for one that is not known; an empty cell stays empty."""
    if not cell.strip():
        return cell
    return str(categories.index(cell)) if cell in categories else "-1"


def merge_rare(cell: str, *, kept: Sequence[str], other: str) -> str:
    """``other`` in place of every category that is not ``kept``; an empty cell stays empty."""
    return cell if cell in kept or not cell.strip() else other


def rename(cell: str, *, names: Mapping[str, str]) -> str:
    """The new name of what the cell holds, where it has one."""
    return names.get(cell, cell)


def date_parts(cell: str, *, format: str, parts: Sequence[str]) -> tuple[str, ...]:
    """The named ``DATE_PARTS`` of a date as numbers (Monday is weekday 0); empty where the cell is no date."""
    at = moment(cell, format)
    if at is None:
        return ("",) * len(parts)
    values = {
        "year": at.year,
        "month": at.month,
        "day": at.day,
        "weekday": at.weekday(),
        "hour": at.hour,
        "days since 1970": int(at.timestamp() // 86_400),
    }
    return tuple(str(values[part]) for part in parts)


def _short(edges: Sequence[float]) -> list[str]:
    """The numbers with as few digits as tell them apart, six at least."""
    for digits in range(6, 17):
        names = [f"{edge:.{digits}g}" for edge in edges]
        if len(set(names)) == len(names):
            return names
    return [repr(edge) for edge in edges]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (fill, fill_and_flag, scale, log, clip, bin, one_hot, ordinal, merge_rare, rename, date_parts)
}
