"""CoNLL: a word a line, its tag in another column, a blank line between sentences; every sentence becomes a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from workbench.data import encoding
from workbench.data.cells import as_json
from workbench.data.encoding_problem import unfit
from workbench.data.formats import tag_rules
from workbench.data.formats.annotated_rows import AnnotatedRows
from workbench.data.formats.conll_shape import DOCUMENT, Shape, shape_of
from workbench.data.formats.text_format import beginning
from workbench.data.layout import Layout
from workbench.data.parts import choose
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.record_columns import named
from workbench.data.tally import Reject
from workbench.data.typed_rows import Fault, TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

TITLE = "words with tags (CoNLL)"
ENDINGS: tuple[str, ...] = (".conll", ".conllu", ".iob", ".iob2", ".bio")
TOKENS, TAGS = "tokens", "tags"
_CODE = "CONLL"
_LOOKED_AT = 5_000  # sentences that tell the scheme, and lines that tell the columns


@dataclass(slots=True)
class _Pass:
    """What one reading of the file came across; ``line`` is where the sentence that was read last begins."""

    line: int = 0
    documents: int = 0
    comments: int = 0
    no_words: int = 0
    broken: int = 0
    first: tuple[int, int, str] = (0, 0, "")  # sentence, line and words of the first break of the rules


@dataclass(frozen=True, slots=True)
class _Sentence:
    line: int
    lines: tuple[int, ...]  # of every word
    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    fault: Fault | None


def fits(path: Path, start: bytes) -> bool:  # noqa: ARG001
    """Do lines of words and tags follow one another, as no other table has them?"""
    return shape_of(beginning(start).split("\n")) is not None


def inspect(path: Path, name: str, options: ReadOptions, limits: Limits) -> Layout:  # noqa: ARG001
    """Which columns hold words and tags, and by which scheme. Raises DataError when ``options`` cannot be."""
    settled = encoding.settle(path, name, options.encoding, _CODE)
    options = replace(options, encoding=settled.encoding)
    with path.open(encoding=settled.encoding, errors="workbench.mark") as file:
        shape = shape_of([line.rstrip("\n") for line in islice(file, _LOOKED_AT)])
    if shape is None:
        raise DataError(
            "these are no lines of words with tags",
            where=name,
            remedy="Nothing was imported. Write a word a line with its tag behind a tab, and a blank line between "
            "sentences.",
            code=f"{_CODE}-07",
        )
    shape, options, parts = _choose_tag(name, shape, options)
    columns, problems, notes = named(_CODE, name, [TOKENS, TAGS], options)
    if settled.misfit and settled.misfit.encoding != settled.encoding:
        where = f"{name}, line {encoding.line_of(path, settled.misfit)}"
        problems.insert(0, unfit(_CODE, where, settled.misfit, options))
    read = _sentences(path, settled.encoding, shape, _Pass())
    scheme = tag_rules.scheme(sentence.tags for sentence in islice(read, _LOOKED_AT)) if shape.entities else ""
    seen = _Pass()

    def place(row: int, column: int | None) -> str:
        where = f"{name}, sentence {row} (line {seen.line})"
        return where if column is None else f'{where}, column "{columns[column]}"'

    def rows(limits: Limits, reject: Reject | None, _into: Path | None) -> AnnotatedRows:
        nonlocal seen
        seen = _Pass()
        source = _rows(_sentences(path, settled.encoding, shape, seen), scheme, seen)
        inner = TypedRows(_CODE, columns, source, place, limits, reject, "sentence")
        return AnnotatedRows(inner, lambda: _warnings(name, scheme, seen), lambda: _notes(seen))

    return Layout(
        code=_CODE,
        name=name,
        options=options,
        columns=columns,
        first_row=1,
        notes=(
            *settled.notes,
            *_columns(shape),
            *([f"The tags follow {scheme}."] if scheme else []),
            *(["The first line names the columns."] if shape.headed else []),
            *notes,
        ),
        problems=tuple(problems),
        rows=rows,
        parts=parts,
    )


def _columns(shape: Shape) -> Iterator[str]:
    """What the columns hold, in sentences."""
    widths = " or ".join(map(str, sorted(shape.widths)))
    at = "the last" if shape.tag < 0 else f"column {shape.tag + 1}"
    yield f"Lines have {widths} columns, separated by {'tabs' if shape.tabs else 'spaces'}; the tag is in {at}."
    if shape.numbered:
        yield f"The first column counts the words, which stand in column {shape.token + 1}."
    if shape.outer:
        inner = shape.tag + 2
        yield f"Column {inner} tags entities within those of column {shape.tag + 1}; choose it if those are meant."


def _choose_tag(name: str, shape: Shape, options: ReadOptions) -> tuple[Shape, ReadOptions, tuple[str, ...]]:
    """The column of the tags: the last one (of CoNLL-U the fourth), unless ``options.part`` names another."""
    if len(shape.widths) > 1 or min(shape.widths) == shape.token + 2:
        return shape, replace(options, part=None), ()
    width = min(shape.widths)
    parts = tuple(f"column {number}" for number in range(shape.token + 2, width + 1))
    tag = shape.tag if shape.tag >= 0 else width - 1
    part, _ = choose(_CODE, name, "column of tags", parts, replace(options, part=options.part or f"column {tag + 1}"))
    place = int(part.removeprefix("column ")) - 1
    entities, outer = place == tag and shape.entities, place == tag and shape.outer
    return replace(shape, tag=place, entities=entities, outer=outer), replace(options, part=part), parts


def _sentences(path: Path, encoded: str, shape: Shape, seen: _Pass) -> Iterator[_Sentence]:
    """Every sentence, whole or with the first fault of its lines."""
    numbers: list[int] = []
    tokens: list[str] = []
    tags: list[str] = []
    fault: Fault | None = None
    headed = shape.headed
    with path.open(encoding=encoded, errors="workbench.mark") as file:
        for number, text in enumerate(file, 1):
            line = text.rstrip("\n").removeprefix("\ufeff")
            document = line.startswith(DOCUMENT)
            seen.documents += document
            if document or not line.strip():
                if numbers:
                    yield _sentence(numbers, tokens, tags, fault)
                    numbers, tokens, tags, fault = [], [], [], None
                continue
            cells = shape.cut(line)
            if headed:
                headed = False
                continue
            if shape.is_comment(line, cells):
                seen.comments += 1
                continue
            if shape.is_no_word(cells):
                seen.no_words += 1
                continue
            numbers.append(number)
            tokens.append(cells[shape.token] if len(cells) > shape.token else "")
            tags.append(cells[shape.tag].strip() if len(cells) > max(shape.tag, shape.token + 1) else "")
            fault = fault or _fault(number, cells, tokens[-1], tags[-1], shape)
    if numbers:
        yield _sentence(numbers, tokens, tags, fault)


def _sentence(numbers: list[int], tokens: list[str], tags: list[str], fault: Fault | None) -> _Sentence:
    if fault:
        fault = replace(fault, cells=(as_json(tokens), as_json(tags)))
    return _Sentence(numbers[0], tuple(numbers), tuple(tokens), tuple(tags), fault)


def _fault(line: int, cells: Sequence[str], token: str, tag: str, shape: Shape) -> Fault | None:
    """What is wrong with one line of a word."""
    expected = " or ".join(map(str, sorted(shape.widths)))
    if len(cells) not in shape.widths:
        short = len(cells) < min(shape.widths)
        return Fault("07" if short else "09", f"line {line} has {len(cells)} columns instead of {expected}")
    if not token or not tag:
        return Fault("07", f"line {line} has no {'tag' if token else 'word'}")
    return None


def _rows(sentences: Iterator[_Sentence], scheme: str, seen: _Pass) -> Iterator[tuple[int, Sequence[object] | Fault]]:
    for number, sentence in enumerate(sentences, 1):
        seen.line = sentence.line
        if sentence.fault:
            yield number, sentence.fault
            continue
        for place, what in tag_rules.breaks(sentence.tags, scheme) if scheme else ():
            if not seen.broken:
                seen.first = (number, sentence.lines[place], encoding.legible(what))
            seen.broken += 1
        yield number, [list(sentence.tokens), list(sentence.tags)]


def _warnings(name: str, scheme: str, seen: _Pass) -> tuple[Problem, ...]:
    if not seen.broken:
        return ()
    number, line, what = seen.first
    others = f"; {seen.broken - 1:,} more places like it" if seen.broken > 1 else ""
    return (
        Problem(
            level="warning",
            code=f"{_CODE}-24",
            where=f"{name}, sentence {number} (line {line})",
            what=f"in sentence {number} (line {line}), {what}: this breaks the rules of {scheme}{others}",
            remedy="The sentences are kept as they are; correct the tags if the places are mistakes.",
            count=seen.broken,
            rows=(number,),
        ),
    )


def _notes(seen: _Pass) -> tuple[str, ...]:
    parts = []
    if seen.documents:
        parts.append(f"Lines that begin a document ({DOCUMENT}) left out: {seen.documents:,}.")
    if seen.comments:
        parts.append(f"Comments left out: {seen.comments:,}.")
    if seen.no_words:
        parts.append(f"Lines that stand for several words (1-2) or for none (1.1) left out: {seen.no_words:,}.")
    if seen.broken:
        number, line, _ = seen.first
        parts.append(f"Tags that break the rules: {seen.broken:,}, first in sentence {number} (line {line}).")
    return tuple(parts)
