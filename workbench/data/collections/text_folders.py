"""Texts in folders: a file is a row, its folder the class."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from workbench.data import encoding
from workbench.data.collections.collection import Collection, Damaged, Entry, at, read
from workbench.data.collections.folder_names import Placed, place, spread
from workbench.data.encoding import Misfit
from workbench.data.encoding_problem import unfit
from workbench.data.layout import Layout
from workbench.data.read_options import Problem, ReadOptions
from workbench.data.tally import Reject
from workbench.data.typed_rows import Fault, Source, TypedRows
from workbench.errors import DataError
from workbench.settings import Limits

CODE = "TEXT"
_LOOKED_AT = 200  # files that tell the encoding, and that a preview reads
_SAMPLE = 100_000  # bytes of files that are no UTF-8, from which their encoding is guessed


def layout(collection: Collection, entries: Sequence[Entry], options: ReadOptions, limits: Limits) -> Layout:
    """Columns ``text``, ``label``, ``file``, and ``split`` where folders say so. Raises DataError for no encoding."""
    placing = place(entries)
    columns = ("text", *(("label",) if placing.labelled else ()), "file", *(("split",) if placing.split else ()))
    options, problems = _encoding(collection, [placing.files[turn] for turn in spread(placing.files)], options, limits)

    def cells(file: Placed) -> list[str]:
        label = [file.label] if placing.labelled else []
        return [*label, file.entry.name, *([file.split] if placing.split else [])]

    def source(into: Path | None) -> Source:
        order = spread(placing.files)[:_LOOKED_AT] if into is None else range(len(placing.files))
        for turn in order:
            file = placing.files[turn]
            text = _text(collection, file.entry, str(options.encoding), limits)
            rest = cells(file)
            yield turn + 1, replace(text, cells=("", *rest)) if isinstance(text, Fault) else [text, *rest]

    def rows(limits: Limits, reject: Reject | None, into: Path | None) -> TypedRows:
        def where(row: int, _column: int | None) -> str:
            return at(collection, placing.files[row - 1].entry)

        return TypedRows(CODE, columns, source(into), where, limits, reject, "file")

    looked = (f"The first {_LOOKED_AT} files are shown; the import reads all {len(entries):,}.",)
    return Layout(
        code=CODE,
        name=collection.name,
        options=options,
        columns=columns,
        first_row=1,
        notes=(*placing.notes, *(looked if len(entries) > _LOOKED_AT else ())),
        problems=problems,
        rows=rows,
        expected=len(entries),
    )


def _text(collection: Collection, entry: Entry, encoded: str, limits: Limits) -> str | Fault:
    """The file's text: UTF-8 where it is that, or else as ``encoded``.

    A byte that does not fit is marked, which the strict pass notices.
    """
    try:
        content = read(collection, entry, limits.cell_bytes)
    except Damaged as damage:
        return Fault("14" if "more than" in damage.what else "23", damage.what, 0)
    text = content.decode(_encoded(content, encoded), errors="workbench.mark")
    return text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n")


def _encoded(content: bytes, encoded: str) -> str:
    marked = encoding.by_mark(content)
    if marked or encoded.startswith("utf"):
        return marked or encoded
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return encoded
    return "utf-8"


def _encoding(
    collection: Collection, files: Sequence[Placed], options: ReadOptions, limits: Limits
) -> tuple[ReadOptions, tuple[Problem, ...]]:
    """UTF-8, unless the first files are not: then what they seem to be, which is asked."""
    if options.encoding is not None:
        try:
            b"".decode(options.encoding)
        except LookupError:
            raise DataError(
                f"'{options.encoding}' is no known encoding",
                where=collection.name,
                remedy="Choose one such as utf-8, gb18030, cp932 or cp1252.",
                code=f"{CODE}-01",
            ) from None
        return options, ()
    wrong = list(islice(_no_utf8(collection, files[:_LOOKED_AT], limits), _LOOKED_AT))
    if not wrong:
        return replace(options, encoding="utf-8"), ()
    entry, content, offset = wrong[0]
    found = encoding.suggest(b"\n".join(content for _, content, _ in wrong)[:_SAMPLE])
    chosen = replace(options, encoding=found)
    misfit = Misfit("utf-8", offset, content[offset : offset + 1])
    return chosen, (unfit(CODE, at(collection, entry), misfit, chosen),)


def _no_utf8(collection: Collection, files: Sequence[Placed], limits: Limits) -> Iterator[tuple[Entry, bytes, int]]:
    """The files that are no UTF-8, with the place of the first byte that is not."""
    for file in files:
        try:
            content = read(collection, file.entry, limits.cell_bytes)
        except Damaged:
            continue  # told when the rows are read
        if encoding.by_mark(content):
            continue
        try:
            content.decode("utf-8")
        except UnicodeDecodeError as error:
            yield file.entry, content, error.start
