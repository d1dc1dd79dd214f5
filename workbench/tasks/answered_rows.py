"""Questions about contexts with their answers, as cells hold them: texts, where they begin, lists of them in JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

QUESTION, CONTEXT, ANSWER, START, ANSWERS = "question", "context", "answer", "answer_start", "answers"
_DIGITS = 10  # of a place; more is none

Place = tuple[int, int]  # the first character of the context, and the one after the last


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; ``accepted`` are the texts of all right answers, none where there is no answer.

    ``places`` are where they stand in the context, the first one first; none without an answer, and where none stands
    there. ``row`` is the row of the source.
    """

    row: int
    question: str
    context: str
    accepted: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def place(self) -> Place | None:
        """Where the answer stands that is learned."""
        return self.places[0] if self.places else None

    @property
    def teaches(self) -> bool:
        """Can be learned from: its answer stands in the context, or it has none."""
        return bool(self.places) or not self.accepted


def asked(part: pd.DataFrame) -> Iterator[Asked]:
    """Every row."""
    blank = [""] * len(part)
    columns = [part[name] if name in part.columns else blank for name in (QUESTION, CONTEXT, ANSWER, START, ANSWERS)]
    for row, question, context, answer, start, answers in zip(part.index, *columns, strict=True):
        given = _given(answer, start, answers)
        texts = tuple(dict.fromkeys(text for text, _ in given))
        places = dict.fromkeys(place for text, said in given if (place := _place(context, text, said)))
        yield Asked(int(row), question, context, texts, tuple(places))


def _given(answer: str, start: str, answers: str) -> list[tuple[str, int | None]]:
    """All answers, each with where it is said to begin."""
    listed = _listed(answer)
    if listed is None:
        listed = [(answer, _number(start))]
    every = [*listed, *(_listed(answers) or ())]
    return [_trimmed(text, place) for text, place in every if text.strip()]


def _listed(cell: str) -> list[tuple[str, int | None]] | None:
    """The answers in JSON: a list of {text, answer_start}, or such lists within one object; None for anything else."""
    if not cell.lstrip().startswith(("[", "{")):
        return None
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("text"), list):
        starts = found.get("answer_start")
        starts = (
            starts if isinstance(starts, list) and len(starts) == len(found["text"]) else [None] * len(found["text"])
        )
        found = [{"text": text, "answer_start": start} for text, start in zip(found["text"], starts, strict=True)]
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and isinstance(one.get("text"), str) for one in found
    ):
        return None
    return [(one["text"], _number(str(one.get("answer_start", "")))) for one in found]


def _number(cell: str) -> int | None:
    digits = cell.strip().removesuffix(".0")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < _DIGITS else None


def _trimmed(text: str, start: int | None) -> tuple[str, int | None]:
    bare = text.lstrip()
    return bare.rstrip(), None if start is None else start + len(text) - len(bare)


def _place(context: str, text: str, said: int | None) -> Place | None:
    """Where the text stands: where it is said to, else at the nearest place to that, else at the first."""
    at = said or 0
    if not context.startswith(text, at):
        near = (context.find(text, at), context.rfind(text, 0, at + len(text)))
        at = min((place for place in near if place >= 0), key=lambda place: abs(place - (said or 0)), default=-1)
    elif said is None:
        at = context.find(text)
    return None if at < 0 else (at, at + len(text))
