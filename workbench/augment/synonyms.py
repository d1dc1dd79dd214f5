"""A list of synonyms as a person writes it: a word and a colon, then what may stand for it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, Field

from workbench.data.scripts import SPACELESS

_SPACELESS = re.compile(f"[{SPACELESS}]")
MOST_LINES = 10_000


@lru_cache(maxsize=8)
def read(lines: str) -> Mapping[str, tuple[str, ...]]:
    """What may stand for each word or phrase (in small letters), from lines such as "big: large, huge".

    Lines about the same word add up. Raises ValueError naming the line that cannot be read.
    """
    found: dict[str, tuple[str, ...]] = {}
    written = lines.splitlines()
    if len(written) > MOST_LINES:
        raise ValueError(f"the list has {len(written):,} lines; at most {MOST_LINES:,} are possible")
    for number, line in enumerate(written, 1):
        if not line.strip():
            continue
        word, colon, rest = line.replace("：", ":").partition(":")
        others = tuple(" ".join(other.split()) for other in re.split("[,，、]", rest) if other.strip())
        if not colon or not word.strip() or not others:
            shown = line.strip() if len(line) <= 60 else f"{line.strip()[:60]}…"
            raise ValueError(f"line {number} of the list, '{shown}', is not written like 'big: large, huge'")
        key = " ".join(word.lower().split())
        found[key] = (*found.get(key, ()), *others)
    return found


def _can_be_read(lines: str) -> str:
    read(lines)
    return lines


Lines = Annotated[  # the field of a step that takes such a list
    str, AfterValidator(_can_be_read), Field(title="Synonyms", json_schema_extra={"lines": True})
]


@lru_cache(maxsize=8)
def pattern(lines: str) -> re.Pattern[str]:
    """Finds every listed word or phrase, the longest first, and within a word only where scripts have no spaces."""
    bounded = []
    for word in sorted(read(lines), key=lambda word: (-len(word), word)):
        before = "" if _SPACELESS.match(word[0]) else r"(?<!\w)"
        after = "" if _SPACELESS.match(word[-1]) else r"(?!\w)"
        bounded.append(before + r"\s+".join(map(re.escape, word.split())) + after)
    return re.compile("|".join(bounded) or r"(?!)", re.IGNORECASE)


def others(lines: str, word: str) -> tuple[str, ...]:
    """What may stand for ``word``, however it is capitalised; nothing when it is not in the list."""
    return read(lines).get(" ".join(word.lower().split()), ())


def like(written: str, other: str) -> str:
    """``other``, capitalised as ``written`` is."""
    if len(written) > 1 and written.isupper():
        return other.upper()
    return other[:1].upper() + other[1:] if written[:1].isupper() else other
