"""Questions with their contexts in windows of word pieces, and the best answer among their scores. Needs numpy only:
every exported model that answers questions carries this file."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

QUESTION_SHARE = 3  # a question has at most one part in three of what is read at once
LEAST_READ = 24  # word pieces at once, below which question and context have no room

Floats = NDArray[np.float64]


class Frame(NamedTuple):
    """The special tokens around a question and its context."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    behind: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.before) + len(self.between) + len(self.behind)


class Best(NamedTuple):
    """The best answer within a window, from the piece ``first`` to ``last``; ``margin`` is how much more it scores than
    saying that there is none, ``mass`` the logarithm of what all answers of the window weigh against that."""

    margin: float
    first: int
    last: int
    mass: float


class Choice(NamedTuple):
    """The best answer of all windows; ``window`` is None where there is none."""

    window: int | None
    first: int
    last: int
    confidence: float


def frame_of(tokenizer: Any) -> Frame:
    """The special tokens that a fast tokenizer puts around two texts; where it knows of no pairs, what it puts behind a
    text also parts them."""
    pair = tokenizer("a", "b")
    ids, parts = pair["input_ids"], pair.sequence_ids()
    first, second = ([place for place, part in enumerate(parts) if part == number] for number in (0, 1))
    before, between, behind = ids[: first[0]], ids[first[-1] + 1 : second[0]], ids[second[-1] + 1 :]
    if not between:
        alone = tokenizer("a")
        ids, parts = alone["input_ids"], alone.sequence_ids()
        before = ids[: parts.index(0)]
        between = behind = ids[len(ids) - parts[::-1].index(0) :]
    return Frame(tuple(before), tuple(between), tuple(behind))


def windows(pieces: int, room: int, shared: int) -> list[tuple[int, int]]:
    """A context's pieces from begin to end, at most ``room`` at once; neighbours share ``shared`` of them."""
    found = [(0, min(pieces, room))]
    while found[-1][1] < pieces:
        begin = found[-1][1] - shared
        found.append((begin, min(pieces, begin + room)))
    return found


def shared_by(room: int, longest: int) -> int:
    """How many pieces neighbouring windows share: a quarter, or more where answers are longer, but at most half."""
    return min(room // 2, max(room // 4, longest))


def best(starts: Floats, ends: Floats, nothing: float, longest: int) -> Best | None:
    """The best answer of at most ``longest`` pieces within a window, by the scores of each piece as its first and as
    its last one; ``nothing`` is the score of saying that there is none. None for a window without pieces."""
    if not len(starts):
        return None
    peak = float(starts.max() + ends.max())
    top, first, last, mass = -math.inf, 0, 0, 0.0
    for more in range(min(longest, len(starts))):
        sums = starts[: len(starts) - more] + ends[more:]
        place = int(sums.argmax())
        if sums[place] > top:
            top, first, last = float(sums[place]), place, place + more
        mass += float(np.exp(sums - peak).sum())
    return Best(top - nothing, first, last, math.log(mass) + peak - nothing if mass else top - nothing)


def choose(found: Sequence[Best | None], *, may_be_none: bool) -> Choice:
    """The answer that stands out most against saying nothing, with its share of all that could be said."""
    known = [(number, one) for number, one in enumerate(found) if one is not None]
    if not known:
        return Choice(None, 0, 0, 1.0)
    number, top = max(known, key=lambda pair: pair[1].margin)
    masses = [one.mass for _, one in known] + ([0.0] if may_be_none else [])
    whole = float(np.logaddexp.reduce(masses))
    if may_be_none and top.margin <= 0:
        return Choice(None, 0, 0, math.exp(-whole))
    return Choice(number, top.first, top.last, min(1.0, math.exp(top.margin - whole)))


def located(text: str, start: int, end: int) -> tuple[int, int]:
    """The place without the white space at its ends, which some tokenizers count to a word."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
