"""The words or characters that a network from scratch knows: a list learned from the training rows.

Needs the standard library alone, since exported models carry this file.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

KINDS = ("words", "characters")
PADDING, UNKNOWN = 0, 1
FIRST = 2  # number of the first known word
LEAST = 2  # times that a word occurs; those below teach the network what an unknown word is like
MOST = 30_000
# Letters of languages that set no spaces between words, and signs: each is a word of its own.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9d"
_SIGNS = r"!-/:-@\[-`{-~¡-¿\u2000-\u2bff\u3000-\u303f\uff00-\uff65\U0001f000-\U0001faff"
_SINGLE = f"{_UNSPACED}\U00020000-\U0003ffff{_SIGNS}"
_WORD = re.compile(f"[^\\s{_SINGLE}]+(?:['’][^\\s{_SINGLE}]+)*|[{_SINGLE}]")
_CHARACTER = re.compile(r"\s+|\S")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Vocabulary:
    """``known`` are words or characters (``kind``) in small letters; ``known[0]`` has the number ``FIRST``."""

    kind: str
    known: tuple[str, ...]

    @classmethod
    def learn(cls, texts: Iterable[str], kind: str) -> "Vocabulary":
        """What occurs at least ``LEAST`` times in ``texts``, the commonest first, at most ``MOST``.

        Of rarer words with digits the pattern is counted ("07946" as "00000"), so that numbers are told from names.
        """
        counts = Counter(word for text in texts for word in split(text, kind))
        rare = [(word, count) for word, count in counts.items() if count < LEAST]
        for word, count in rare:
            if (pattern := _pattern(word)) != word:
                counts[pattern] += count
        usual = [word for word, count in counts.items() if count >= LEAST]
        return cls(kind, tuple(sorted(usual, key=lambda word: (-counts[word], word))[:MOST]))

    def __len__(self) -> int:
        return FIRST + len(self.known)

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {word: number for number, word in enumerate(self.known, start=FIRST)}

    def encode(self, text: str, most: int) -> list[int]:
        """The numbers of the first ``most`` words; of a text without any, one unknown word."""
        numbers = self.numbers
        found = [
            number if (number := numbers.get(word)) is not None else numbers.get(_pattern(word), UNKNOWN)
            for word in islice(split(text, self.kind), most)
        ]
        return found or [UNKNOWN]


def split(text: str, kind: str) -> Iterator[str]:
    """The words or characters of a text in small letters; what stands between two characters as spaces is one space."""
    small = text.strip().lower()
    if kind == "words":
        return (match.group() for match in _WORD.finditer(small))
    return (found if not (found := match.group()).isspace() else " " for match in _CHARACTER.finditer(small))


def _pattern(word: str) -> str:
    return _DIGIT.sub("0", word)
