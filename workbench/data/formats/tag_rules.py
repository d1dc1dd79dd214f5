"""The rules of tags that mark entities word by word (IOB1, IOB2, IOBES), and where a sentence breaks them.

The schemes are those that Ramshaw and Marcus (1995) and Tjong Kim Sang and Veenstra (1999) describe; U and L are other
names of S and E.
"""

import re
from collections.abc import Iterable, Sequence

TAG = re.compile(r"O|[BIESLU]-\S.*")
_ENDED = "ESLU"  # letters that only IOBES has
_OPEN = ("B", "I")


def scheme(sentences: Iterable[Sequence[str]]) -> str:
    """ "IOBES", "IOB1" or "IOB2", whichever these tags were written in."""
    letters: set[str] = set()
    begun, joined = 0, 0  # entities that begin with B after nothing, and with I
    for tags in sentences:
        before = "O"
        for tag in tags:
            letters.update(tag[:1] if TAG.fullmatch(tag) else "")
            alone = not _continues(before, tag)
            begun += tag.startswith("B-") and alone
            joined += tag.startswith("I-") and alone
            before = tag
    if letters & set(_ENDED):
        return "IOBES"
    return "IOB1" if joined and not begun else "IOB2"


def breaks(tags: Sequence[str], scheme: str) -> list[tuple[int, str]]:
    """Every place (from 0) where the tags of one sentence break the rules of ``scheme``, and how."""
    found: list[tuple[int, str]] = []
    before = "O"
    for place, tag in enumerate([*tags, "O"]):
        what = _broken(before, tag, scheme, place)
        if what:
            found.append((min(place, len(tags) - 1), what))
        before = tag
    return found


def _broken(before: str, tag: str, scheme: str, place: int) -> str:
    if not TAG.fullmatch(tag):
        return f"'{tag[:40]}' is no tag of {scheme}"
    stands_after = f"after '{before[:40]}'" if place else "at the beginning"
    if scheme != "IOB1" and tag[0] in "IEL" and not _continues(before, tag):
        return f"'{tag[:40]}' stands {stands_after}, where no such entity has begun"
    if scheme == "IOBES" and before[:1] in _OPEN and not (tag[:1] in ("I", "E", "L") and _continues(before, tag)):
        return f"the entity of '{before[:40]}' has no end (E)"
    return ""


def _continues(before: str, tag: str) -> bool:
    """Is ``tag`` of the type that the tag before it left open?"""
    return before[:1] in _OPEN and before[1:] == tag[1:]
