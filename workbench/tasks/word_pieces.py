"""Texts as words that know their places, tags as entities, long texts in windows. Standard library only: every exported
model that marks pieces of texts carries this file."""

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

WORDS = "words"  # set apart by white space
WORDS_AND_MARKS = "words and marks"  # the same, with punctuation before and behind a word as words of their own
CHARACTERS = (
    "characters"  # of Chinese, Japanese and others that write without spaces; Latin words and numbers stay whole
)

_UNSPACED = (  # Thai to Burmese, Khmer, kana, ideographs
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_LATIN = "A-Za-z\u00c0-\u024f"
_WITHOUT_SPACES = re.compile(f"[{_UNSPACED}]")
_LATIN_END = re.compile(f"[{_LATIN}]\\Z")
_LATIN_START = re.compile(f"[{_LATIN}]")
_CHARACTER = re.compile(f"[{_LATIN}]+|[0-9]+|\\S")
_CHUNK = re.compile(r"\S+")
_MARKS = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)
_OTHER_NAMES = {"L": "E", "U": "S"}

Place = tuple[int, int]  # the first character, and the one after the last


class Window(NamedTuple):
    """Pieces ``begin`` to ``end`` of a text are read at once; those from ``own_begin`` to ``own_end`` are answered."""

    begin: int
    end: int
    own_begin: int
    own_end: int


def way_of(sentences: Sequence[Sequence[str]]) -> str:
    """How plain text is to be cut so that it looks like these sentences of words."""
    letters = unspaced = marks = 0
    for words in sentences:
        for word in words:
            letters += sum(character.isalpha() for character in word)
            unspaced += len(_WITHOUT_SPACES.findall(word))
            marks += len(word) == 1 and not word.isalnum()
    if unspaced > letters / 2:
        return CHARACTERS
    return WORDS_AND_MARKS if marks else WORDS


def read(cell: str, way: str) -> tuple[str, list[Place]]:
    """The text of a cell, and the places of its words: plain text, or a JSON list of words, which become a text."""
    words = words_of(cell)
    if words is None:
        return cell, _cut(cell, way)
    text, places = joined(words, way)
    if way != CHARACTERS:
        return text, [(start, end) for start, end in places if text[start:end].strip()]
    inner = ((start, _cut(text[start:end], way)) for start, end in places)
    return text, [(start + first, start + last) for start, cut in inner for first, last in cut]


def words_of(cell: str) -> list[str] | None:
    """The words of a JSON list of texts; None where the cell is anything else."""
    if not cell.lstrip().startswith("["):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, list) and all(isinstance(word, str) for word in found) else None


def joined(words: Sequence[str], way: str) -> tuple[str, list[Place]]:
    """The words as one text with the place of each: parted by spaces, but for scripts without them."""
    parts: list[str] = []
    places: list[Place] = []
    length, last = 0, ""
    for word in words:
        apart = way != CHARACTERS or bool(_LATIN_END.search(last) and _LATIN_START.match(word))
        if parts and apart:
            parts.append(" ")
            length += 1
        parts.append(word)
        places.append((length, length + len(word)))
        length += len(word)
        last = word or last
    return "".join(parts), places


def _cut(text: str, way: str) -> list[Place]:
    if way == CHARACTERS:
        return [match.span() for match in _CHARACTER.finditer(text)]
    if way == WORDS:
        return [match.span() for match in _CHUNK.finditer(text)]
    places: list[Place] = []
    for chunk in _CHUNK.finditer(text):
        found = _MARKS.fullmatch(chunk.group())
        assert found is not None  # it matches everything
        before, inner, behind = (chunk.start() + found.end(group) for group in (1, 2, 3))
        places += [(place, place + 1) for place in range(chunk.start(), before)]
        places += [(before, inner)] if inner > before else []
        places += [(place, place + 1) for place in range(inner, behind)]
    return places


def spaced(text: str, places: Sequence[Place]) -> tuple[str, list[Place]]:
    """What a tokenizer reads: the words with one space between them, and their places in that."""
    return joined([text[start:end] for start, end in places], WORDS)


def first_pieces(places: Sequence[Place], offsets: Sequence[Place]) -> list[int | None]:
    """For every word the first of the word pieces (which lie at ``offsets``) that is part of it; None without any."""
    found: list[int | None] = []
    piece = 0
    for start, end in places:
        while piece < len(offsets) and (offsets[piece][1] <= start or offsets[piece][0] == offsets[piece][1]):
            piece += 1
        found.append(piece if piece < len(offsets) and offsets[piece][0] < end else None)
    return found


def windows(pieces: int, room: int) -> list[Window]:
    """All pieces in windows of at most ``room``; neighbours share a quarter, and each answers for its half of that."""
    if pieces <= room:
        return [Window(0, pieces, 0, pieces)]
    shared = room // 4
    found: list[Window] = []
    own = begin = 0
    while True:
        end = min(pieces, begin + room)
        own_end = pieces if end == pieces else end - shared // 2
        found.append(Window(begin, end, own, own_end))
        if end == pieces:
            return found
        own, begin = own_end, end - shared


def entities(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """First and last word and type of every entity, as seqeval defines them in its default mode (after conlleval).

    Reads IOB1, IOB2 and IOBES alike, and U and L as S and E; a tag that continues nothing begins an entity.
    """
    found: list[tuple[int, int, str]] = []
    before, kind_before, begun = "O", "", 0
    for place, tag in enumerate([*tags, "O"]):
        letter, _, kind = tag.partition("-")
        letter = _OTHER_NAMES.get(letter, letter)
        if before in "ESO" or letter in "BSO" or kind != kind_before:
            if before != "O":
                found.append((begun, place - 1, kind_before))
            begun = place
        before, kind_before = letter, kind
    return found
