"""SQuAD: questions about contexts, with their answers and where each begins (versions 1.1 and 2.0)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.data import encoding
from workbench.data.cells import Number, as_json
from workbench.data.encoding_problem import unfit
from workbench.data.formats.annotated_rows import AnnotatedRows
from workbench.data.formats.json_text import Broken, elements, end_of, members, skip_space
from workbench.data.formats.json_values import called
from workbench.data.layout import Layout
from workbench.data.read_options import ReadOptions
from workbench.data.record_columns import named
from workbench.data.tally import Reject
from workbench.data.typed_rows import Fault, TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

TITLE = "questions with answers (SQuAD)"
ENDINGS: tuple[str, ...] = (".json",)
COLUMNS = ("id", "title", "context", "question", "answer", "answer_start", "answers")
_CODE = "SQUAD"
_ANSWER = COLUMNS.index("answer")
_CHUNK = 1 << 20
_REMEDY = "Correct the answer or where it begins"


@dataclass(slots=True)
class _Pass:
    """What one reading came across; ``title`` and ``paragraph`` are where the question that was read last stands."""

    title: str = ""
    paragraph: int = 0
    moved: int = 0
    first_moved: int = 0
    dropped: int = 0
    unanswered: int = 0


def fits(path: Path, start: bytes) -> bool:
    """Is this a JSON object with paragraphs and questions about them?"""
    begin = start.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").replace(b"\0", b"")
    return begin.startswith(b"{") and b'"paragraphs"' in begin and _holds(path, b'"qas"')


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:  # noqa: ARG001
    """Where the articles are. Raises DataError when the text is no JSON, or holds no list of articles."""
    settled = encoding.settle(path, name, options.encoding, _CODE)
    options = replace(options, encoding=settled.encoding)
    text = path.read_text(encoding=settled.encoding, errors="workbench.mark")
    try:
        start = _articles(text, name)
    except Broken as broken:
        raise _broken(name, text, broken) from None
    columns, problems, notes = named(_CODE, name, COLUMNS, options)
    if settled.misfit and settled.misfit.encoding != settled.encoding:
        where = f"{name}, line {encoding.line_of(path, settled.misfit)}"
        problems.insert(0, unfit(_CODE, where, settled.misfit, options))
    seen = _Pass()

    def place(row: int, column: int | None) -> str:
        where = f"{name}, question {row} (paragraph {seen.paragraph} of '{encoding.legible(seen.title[:60])}')"
        return where if column is None else f'{where}, column "{columns[column]}"'

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> AnnotatedRows:
        nonlocal seen
        seen = _Pass()
        source = _rows(text, start, seen)
        inner = TypedRows(_CODE, columns, source, place, limits, reject, "question")
        return AnnotatedRows(inner, lambda: (), lambda: _notes(seen))

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=1,
        notes=(*settled.notes, *notes),
        problems=tuple(problems),
        rows=rows,
    )


def _holds(path: Path, wanted: bytes) -> bool:
    before = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK).replace(b"\0", b""):
            if wanted in before + chunk:
                return True
            before = chunk[-len(wanted) :]
    return False


def _articles(text: str, name: str) -> int:
    """Where the list under "data" begins."""
    start = skip_space(text, 1 if text.startswith("\ufeff") else 0)
    end = skip_space(text, end_of(text, start))
    if end < len(text):
        raise Broken("something follows after the value", end)
    found = [member for member in members(text, start) if member.key == "data" and member.kind == "records"]
    if len(found) != 1:
        raise DataError(
            f'there {"is no list" if not found else "are several lists"} of articles under the key "data"',
            where=name,
            remedy='Nothing was imported. Write {"data": [{"paragraphs": [{"context": "…", "qas": […]}]}]}.',
            code=f"{_CODE}-24",
        )
    return found[0].start


def _rows(text: str, start: int, seen: _Pass) -> Iterator[tuple[int, Sequence[object] | Fault]]:
    """Every question by its number, counted from 1; what stands in the place of one is a fault."""
    number = 0
    for _, article, _ in elements(text, start):
        seen.title, seen.paragraph = _text(article, "title"), 0
        for paragraph in _list(article, "paragraphs"):
            seen.paragraph += 1
            for question in [paragraph] if isinstance(paragraph, Fault) else _list(paragraph, "qas"):
                number += 1
                yield number, question if isinstance(question, Fault) else _row(number, paragraph, question, seen)


def _list(value: object, key: str) -> list[object]:
    """The list under ``key``, or one fault that says that there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, list):
        return found
    if not isinstance(value, Mapping):
        return [
            Fault("24", f'there is {called(value)} where an object with "{key}" is expected', cells=(as_json(value),))
        ]
    return [Fault("24", f'there is no list of "{key}" here', cells=(as_json(value)[:2000],))]


def _text(value: object, key: str) -> str:
    """The text under ``key``; the empty one where something else is."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and not isinstance(found, Number) else ""


def _name(question: Mapping[object, object]) -> str:
    """The question's id; some tools write it as a number."""
    found = question.get("id")
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def _row(number: int, paragraph: object, question: object, seen: _Pass) -> Sequence[object] | Fault:
    """The question's cells, or the fault that none of its answers is in the context."""
    if not isinstance(question, Mapping):
        return Fault(
            "24", f"there is {called(question)} where a question is expected", cells=(as_json(question)[:2000],)
        )
    context, asked, key = _text(paragraph, "context"), _text(question, "question"), _name(question)
    if not context or not asked:
        missing = "context" if asked else "question"
        shown = as_json(question)[:2000]
        return Fault("24", f"the {missing} is missing or no text", COLUMNS.index(missing), (shown,))
    given = [] if question.get("is_impossible") is True else _list(question, "answers")
    if given and isinstance(given[0], Fault):
        return given[0]
    placed = [_placed(context, answer) for answer in given]
    right = [(text, start) for text, start, _ in placed if start >= 0]
    if placed and not right:
        lost = placed[0][0]
        cells = (key, seen.title, context, asked, lost)
        return Fault("24", f"the answer '{encoding.legible(lost[:80])}' is not in its context", _ANSWER, cells, _REMEDY)
    if any(moved for _, start, moved in placed if start >= 0):
        seen.moved += 1
        seen.first_moved = seen.first_moved or number
    seen.dropped += len(placed) - len(right)
    seen.unanswered += not right
    answers = [{"text": text, "answer_start": start} for text, start in right]
    first = right[0] if right else ("", "")
    return [key, seen.title, context, asked, *first, answers]


def _placed(context: str, answer: object) -> tuple[str, int, bool]:
    """The answer, where it begins in the context (-1: nowhere), and whether that is not where it was said to be."""
    text = _text(answer, "text")
    said = answer.get("answer_start") if isinstance(answer, Mapping) else None
    start = int(said) if isinstance(said, Number) and said.isdecimal() and len(said) < 10 else -1
    if not text.strip():
        return text, -1, False
    if start >= 0 and context.startswith(text, start):
        return text, start, False
    said_at = max(start, 0)
    places = (context.find(text, said_at), context.rfind(text, 0, said_at + len(text)))
    found = min((place for place in places if place >= 0), key=lambda place: abs(place - said_at), default=-1)
    return text, found, True


def _notes(seen: _Pass) -> tuple[str, ...]:
    parts = []
    if seen.moved:
        parts.append(
            f"Questions whose answer stands elsewhere in its context than was said, corrected: {seen.moved:,} "
            f"(first: question {seen.first_moved})."
        )
    if seen.dropped:
        parts.append(f"Answers that are not in their context, left out beside others that are: {seen.dropped:,}.")
    if seen.unanswered:
        parts.append(f"Questions without an answer: {seen.unanswered:,}.")
    return tuple(parts)


def _broken(name: str, text: str, broken: Broken) -> DataError:
    line = text.count("\n", 0, broken.pos) + 1
    return DataError(
        f"the text is no JSON from here on: {broken.what}",
        where=f"{name}, line {line}, character {broken.pos - text.rfind(chr(10), 0, broken.pos)}",
        remedy="Nothing was imported. Correct this place, or write the file again; it may have been cut off.",
        code=f"{_CODE}-24",
    )
