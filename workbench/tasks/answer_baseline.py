"""The simple thing that a model of answers must beat: words of the sentence that has most in common with the question.

After the sliding window of Richardson et al. (MCTest, 2013), which SQuAD's paper (arXiv:1606.05250) took for a
baseline: rare words that question and context share point to the answer, which lies next to them and is none of them.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.augment.words import take_apart
from workbench.evaluate import answer_words
from workbench.tasks.answered_rows import CONTEXT, QUESTION, Asked, Place, asked
from workbench.tasks.protocol import AnswerPredictions

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_NEAR = 10  # words around a candidate that are compared with the question
_TRIED = 500  # training rows that decide whether to answer at all


@dataclass(frozen=True, slots=True)
class Overlap:
    """``rarity`` is how much a word says (the logarithm of how seldom it is in the training contexts), ``unknown`` that
    of a word that is in none; answers have ``length`` words, or are never given where ``silent``."""

    rarity: dict[str, float]
    unknown: float
    length: int
    silent: bool = False

    def predict(self, rows: pd.DataFrame) -> AnswerPredictions:
        places = [self._answer(*pair) for pair in zip(rows[QUESTION], rows[CONTEXT], strict=True)]
        texts = tuple(context[start:end] for context, (start, end) in zip(rows[CONTEXT], places, strict=True))
        return AnswerPredictions(texts, tuple(places), np.full(len(rows), 0.5))

    def _answer(self, question: str, context: str) -> Place:
        """The piece whose neighbourhood shares most with the question, within the sentence that does."""
        if self.silent:
            return 0, 0
        wanted = set(_words(question))
        sentences = [(start, _placed(context, start, end)) for start, end in _sentences(context)]
        ranked = [(self._worth({word for word, _ in words} & wanted), words) for _, words in sentences if words]
        if not ranked:
            return 0, 0
        words = max(ranked, key=lambda pair: pair[0])[1]
        worth = np.array([self._weight(word) if word in wanted else 0.0 for word, _ in words])
        before = np.concatenate([[0.0], np.cumsum(worth)])
        best, found = -math.inf, (words[0][1][0], words[min(self.length, len(words)) - 1][1][1])
        for first in range(max(1, len(words) - self.length + 1)):
            last = min(len(words), first + self.length)
            near = before[min(len(words), last + _NEAR)] - before[max(0, first - _NEAR)]
            own = before[last] - before[first]
            if near - 2 * own > best:
                best, found = near - 2 * own, (words[first][1][0], words[last - 1][1][1])
        return found

    def _weight(self, word: str) -> float:
        return self.rarity.get(word, self.unknown)

    def _worth(self, words: set[str]) -> float:
        return sum(map(self._weight, words))


def fit(train: pd.DataFrame) -> Overlap:
    """Rarity and the usual length from the training rows; silent where giving no answer scores better on some."""
    lessons = list(asked(train))
    contexts = list(dict.fromkeys(one.context for one in lessons))
    counts = Counter(word for context in contexts for word in set(_words(context)))
    rarity = {word: math.log(1 + len(contexts) / count) for word, count in counts.items()}
    lengths = [len(_words(one.accepted[0])) for one in lessons if one.accepted]
    usual = max(1, round(float(np.median(lengths)))) if lengths else 1
    found = Overlap(rarity, math.log(1 + len(contexts)), usual)
    silent = Overlap({}, 0.0, usual, silent=True)
    some = train.iloc[:_TRIED]
    return max(found, silent, key=lambda one: _f1(lessons[:_TRIED], one.predict(some).texts))


def _f1(lessons: Sequence[Asked], given: Sequence[str]) -> float:
    return sum(answer_words.f1(one.accepted, text) for one, text in zip(lessons, given, strict=True))


def _words(text: str) -> list[str]:
    return [word for word, _ in _placed(text, 0, len(text))]


def _placed(text: str, start: int, end: int) -> list[tuple[str, Place]]:
    """Words in normal form with their places, punctuation at their ends left out."""
    words, gaps = take_apart(text[start:end])
    found, at = [], start
    for word, gap in zip(words, gaps, strict=False):
        at += len(gap)
        bare = word.strip(".,;:!?()[]{}\"'“”‘’«»、。，；：！？（）「」")
        if bare:
            first = at + word.index(bare)
            found.append((bare.casefold(), (first, first + len(bare))))
        at += len(word)
    return found


def _sentences(text: str) -> list[Place]:
    found, at = [], 0
    for match in _SENTENCE_END.finditer(text):
        found.append((at, match.start()))
        at = match.end()
    return [*found, (at, len(text))]
