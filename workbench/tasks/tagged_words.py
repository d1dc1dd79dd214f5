"""Sentences of words with tags, as their cells hold them: lists in JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import DataError
from workbench.tasks import word_pieces
from workbench.tasks.word_pieces import Place

TOKENS, TAGS = "tokens", "tags"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text, the places of the words in it that get tags, and the numbers of these tags (``tags_of``)."""

    text: str
    places: list[Place]
    tags: NDArray[np.int64]


def tags_of(types: Sequence[str]) -> list[str]:
    """The tags that a model tells apart, in its order: O, then B and I of every type (IOB2)."""
    return ["O", *(f"{letter}-{kind}" for kind in types for letter in "BI")]


def sentences(part: pd.DataFrame) -> Iterator[tuple[int, list[str], list[str]]]:
    """Row, words and tags. Raises DataError naming the row whose cells are not two lists of the same length."""
    for row, tokens, tags in zip(part.index, part[TOKENS], part[TAGS], strict=True):
        words, marks = word_pieces.words_of(tokens), word_pieces.words_of(tags)
        if words is None or marks is None or len(words) != len(marks):
            raise DataError(
                "words and tags are not two lists of the same length",
                where=f"row {int(row) + 1}",
                remedy="Correct the row, or take it out.",
                code="CHECK-TAGS",
            )
        yield int(row), words, marks


def types(part: pd.DataFrame) -> tuple[str, ...]:
    """The types of entities that occur, in alphabetical order."""
    return tuple(sorted({kind for _, _, tags in sentences(part) for _, _, kind in word_pieces.entities(tags)}))


def entities(part: pd.DataFrame, texts: Sequence[str]) -> list[list[tuple[int, int, str]]]:
    """The true entities of every row as characters of ``texts``, which hold the same words: (start, end, type)."""
    found = []
    for text, (_, words, tags) in zip(texts, sentences(part), strict=True):
        places = _places(text, words)
        marked = [(places[first][0], places[last][1], kind) for first, last, kind in word_pieces.entities(tags)]
        found.append(marked)
    return found


def learnt(part: pd.DataFrame, way: str, kinds: Sequence[str]) -> list[Sentence]:
    """The rows as a model learns them: cut in the way of plain text, tagged by the types that it knows."""
    number = {tag: place for place, tag in enumerate(tags_of(kinds))}
    found = []
    for tokens, (_, words, tags) in zip(part[TOKENS], sentences(part), strict=True):
        text, places = word_pieces.read(tokens, way)
        inner = _places(text, words)
        spans = ((inner[first][0], inner[last][1], kind) for first, last, kind in word_pieces.entities(tags))
        known = [span for span in spans if span[2] in kinds]
        found.append(Sentence(text, places, _numbered(places, known, number)))
    return found


def _places(text: str, words: Sequence[str]) -> list[Place]:
    """Where the words stand in the text that was made of them."""
    places, at = [], 0
    for word in words:
        start = text.index(word, at)
        at = start + len(word)
        places.append((start, at))
    return places


def _numbered(
    places: Sequence[Place], spans: Sequence[tuple[int, int, str]], number: dict[str, int]
) -> NDArray[np.int64]:
    numbers = np.zeros(len(places), dtype=np.int64)
    place = 0
    for start, end, kind in spans:
        letter = "B"
        while place < len(places) and places[place][0] < end:
            if places[place][0] >= start:
                numbers[place], letter = number[f"{letter}-{kind}"], "I"
            place += 1
    return numbers
