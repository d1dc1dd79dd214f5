"""How good answers to questions are: exact match and F1 (``answer_words``) with 95 % intervals, and the panels."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.evaluate import answer_words, bootstrap
from workbench.evaluate.panels import Bars, Mark, MarkedText, MarkedTexts, Panel, Score, Scores, Table

NAMES = {"f1": "F1", "exact_match": "Exact match"}
SHOWN = 30  # mistakes
AROUND = 400  # characters that are shown before and behind what is marked
ANSWER = "answer"
_WORDS = re.compile(r"\b(how (?:many|much|long|old|far|often)|who|whom|whose|what|which|when|where|why|how)\b")
_FEW = 5  # questions that begin alike, below which they are among the others

Place = tuple[int, int]  # the first character of the context, and the one after the last
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, with all right answers; none where there is no answer. ``places`` are those that are known."""

    row: int
    question: str
    context: str
    accepted: tuple[str, ...]
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What was answered; "" for no answer."""

    text: str
    start: int = 0
    end: int = 0


def quick(accepted: Sequence[Sequence[str]], given: Sequence[str]) -> dict[str, float]:
    """F1 and exact match without intervals: for validation within training."""
    if not len(given):
        return {}
    return {name: float(values.mean()) for name, values in _each(accepted, given).items()}


def score(
    asked: Sequence[Question], given: Sequence[Given], baseline: Sequence[Given] | None = None, *, seed: int = 0
) -> Scores:
    """Everything about the ``given`` answers. With a baseline's answers to the same questions, each measure has the
    interval of its difference to the baseline's too (a paired bootstrap over questions)."""
    if not len(asked):
        return Scores(rows=0, values={})
    accepted = [one.accepted for one in asked]
    each = _each(accepted, [one.text for one in given])
    others = None if baseline is None else _each(accepted, [one.text for one in baseline])
    drawn = _resampled(each, seed)
    simple = None if others is None else _resampled(others, seed)
    values = bootstrap.scores({name: float(each[name].mean()) for name in NAMES}, drawn, simple)
    panels = (*_panels(values, each, asked, given), _worst(each["f1"], asked, given))
    return Scores(rows=len(asked), values=values, panels=panels)


def _each(accepted: Sequence[Sequence[str]], given: Sequence[str]) -> dict[str, Floats]:
    """Both measures of every answer."""
    pairs = list(zip(accepted, given, strict=True))
    return {
        "f1": np.array([answer_words.f1(right, answer) for right, answer in pairs]),
        "exact_match": np.array([answer_words.exact(right, answer) for right, answer in pairs]),
    }


def _resampled(each: dict[str, Floats], seed: int) -> dict[str, Floats]:
    table = np.stack([each[name] for name in NAMES], axis=1)
    means = np.concatenate([weights @ table / len(table) for weights in bootstrap.weights(len(table), seed)])
    return {name: means[:, place] for place, name in enumerate(NAMES)}


def _panels(
    values: dict[str, Score], each: dict[str, Floats], asked: Sequence[Question], given: Sequence[Given]
) -> tuple[Panel, ...]:
    groups = _by_question_word(asked)
    means = {word: [float(each[name][rows].mean()) for name in NAMES] for word, rows in groups.items()}
    return (
        Table(
            title="All measures",
            help="With the range in which each would lie for other questions of the same kind, 19 times out of 20. "
            "Exact match: the answer is one of the right ones, but for case, punctuation and articles. F1: the words "
            "that it shares with the right one that fits best.",
            columns=("Measure", "Value", "From", "To"),
            rows=tuple((NAMES[name], score.value, score.low, score.high) for name, score in values.items()),
        ),
        Bars(
            title="By question word",
            help="What is asked for decides how hard it is: dates and numbers are easier to find than reasons.",
            categories=tuple(groups),
            series={title: tuple(means[word][place] for word in groups) for place, title in enumerate(NAMES.values())},
        ),
        Table(
            title="Every question word",
            columns=("Question word", *NAMES.values(), "Questions"),
            rows=tuple((word, *means[word], len(rows)) for word, rows in groups.items()),
        ),
        Table(
            title="What goes wrong",
            help="Every answer that is not exactly right.",
            columns=("Mistake", "Questions"),
            rows=tuple(_kinds_of_mistakes(each, asked, given).items()),
        ),
    )


def _by_question_word(asked: Sequence[Question]) -> dict[str, list[int]]:
    """Places of the questions by the first question word in them, the most frequent first."""
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(asked):
        found = _WORDS.search(one.question.lower())
        groups.setdefault(found.group() if found else "", []).append(place)
    rest = groups.pop("", []) + [place for rows in groups.values() if len(rows) < _FEW for place in rows]
    kept = {word: rows for word, rows in groups.items() if len(rows) >= _FEW}
    ordered = dict(sorted(kept.items(), key=lambda group: -len(group[1])))
    return ordered | ({"other": sorted(rest)} if rest else {})


def _kinds_of_mistakes(each: dict[str, Floats], asked: Sequence[Question], given: Sequence[Given]) -> dict[str, int]:
    kinds = (
        "Partly right",
        "Another piece of the text",
        "No answer, though there is one",
        "An answer, though there is none",
    )
    counts = dict.fromkeys(kinds, 0)
    for one, answer, exact, shared in zip(asked, given, each["exact_match"], each["f1"], strict=True):
        if exact:
            continue
        if not one.accepted:
            counts[kinds[3]] += 1
        elif not answer.text:
            counts[kinds[2]] += 1
        else:
            counts[kinds[0] if shared else kinds[1]] += 1
    return counts


def _worst(f1: Floats, asked: Sequence[Question], given: Sequence[Given]) -> MarkedTexts:
    """The answers that share least with a right one; equal ones in their order."""
    order = [place for place in np.argsort(f1, kind="stable").tolist() if f1[place] < 1][:SHOWN]
    return MarkedTexts(
        title="Worst mistakes",
        help="The questions whose answers share the fewest words with a right one. Read them: sometimes the answer is "
        "right, and the data knew only others.",
        texts=tuple(_shown(asked[place], given[place]) for place in order),
    )


def _shown(one: Question, answer: Given) -> MarkedText:
    """The context around what is marked in it."""
    found = ((answer.start, answer.end),) if answer.text else ()
    places = (*one.places, *found)
    begin = max(0, min((start for start, _ in places), default=0) - AROUND)
    end = min(len(one.context), max((end for _, end in places), default=0) + AROUND)
    if end - begin > 6 * AROUND:  # too far apart to be shown in one piece
        begin, end = _around(found or one.places, len(one.context))
    return MarkedText(
        row=one.row,
        asked=one.question,
        accepted=one.accepted,
        text=f"{'… ' if begin else ''}{one.context[begin:end]}{' …' if end < len(one.context) else ''}",
        true=_marks(one.places, begin, end),
        predicted=_marks(found, begin, end),
    )


def _around(places: Sequence[Place], length: int) -> Place:
    start, end = places[0]
    return max(0, start - AROUND), min(length, min(end, start + AROUND) + AROUND)


def _marks(places: Sequence[Place], begin: int, end: int) -> tuple[Mark, ...]:
    shift = (2 if begin else 0) - begin
    inside = ((start, stop) for start, stop in places if begin <= start and stop <= end)
    return tuple(Mark(start=start + shift, end=stop + shift, label=ANSWER) for start, stop in inside)
