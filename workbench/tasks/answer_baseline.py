"""The simple thing that a model of answers must beat: rare words near those that question and text have in common.

After the sliding window of Richardson et al. (MCTest, 2013), which SQuAD's paper (arXiv:1606.05250) took for a
baseline: the sentence that shares most with the question holds the answer, rare words count more than frequent ones.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.augment.words import take_apart
from workbench.evaluate import answer_words
from workbench.tasks.answered_rows import CONTEXT, QUESTION, Asked, Place, asked
from workbench.tasks.protocol import AnswerPredictions

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
NEAR = 1 / (1 + 0.3 * np.arange(1, 16))  # what a word of the question counts for an answer 1, 2, … words away
RARE = 2.0  # what the mean rarity of an answer's own words counts beside that
_TRIED = 500  # training rows that decide whether to answer at all


@dataclass(frozen=True, slots=True)
class Overlap:
    """``rarity`` is how much a word says (the logarithm of how seldom it is in the training contexts), ``unknown`` that
    of a word that is in none; answers have at most one word more than the usual ``length``, or are never given where
    ``silent``."""

    rarity: dict[str, float]
    unknown: float
    length: int
    silent: bool = False

    def predict(self, rows: pd.DataFrame) -> AnswerPredictions:
        places = [self._answer(*pair) for pair in zip(rows[QUESTION], rows[CONTEXT], strict=True)]
        texts = tuple(context[start:end] for context, (start, end) in zip(rows[CONTEXT], places, strict=True))
        return AnswerPredictions(texts, tuple(places), np.full(len(rows), 0.5))

    def _answer(self, question: str, context: str) -> Place:
        """Rare words of the sentence that shares most with the question: none of the question's, but close to them."""
        if self.silent:
            return 0, 0
        wanted = set(_words(question))
        sentences = [words for start, end in _sentences(context) if (words := _placed(context, start, end))]
        if not sentences:
            return 0, 0
        words = max(sentences, key=lambda words: self._worth({word for word, _ in words} & wanted))
        weights = np.array([self._weight(word) for word, _ in words])
        asked_for = np.array([word in wanted for word, _ in words])
        shared, own = weights * asked_for, weights * ~asked_for
        before, behind = _close(shared), _close(shared[::-1])[::-1]
        best, found = -math.inf, (0, 0)
        for more in range(min(self.length + 1, len(words))):
            inside = np.convolve(own * RARE / (more + 1) - 2 * shared, np.ones(more + 1), "valid")
            worth = before[: len(words) - more] + behind[more:] + inside
            first = int(worth.argmax())
            if worth[first] > best:
                best, found = float(worth[first]), (words[first][1][0], words[first + more][1][1])
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


def _close(shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the words before each one have in common with the question, the closer the more."""
    return np.convolve(shared, np.concatenate([[0.0], NEAR]))[: len(shared)]


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
