"""Which bytes mean which characters: told by a byte order mark, proven to be UTF-8, or suggested and asked."""

import codecs
import io
import struct
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import DataError

MARK = "\udc80"  # a lone surrogate: no strict decoder ever makes one, so it marks what could not be decoded
_CHUNK = 1 << 20
_SAMPLE = 1 << 18
_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What people's files are in when they are not in Unicode; a superset where there is one, as browsers do.
_CANDIDATES = [
    "gb18030",
    "cp932",
    "big5",
    "euc_jp",
    "euc_kr",
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "koi8_r",
]
_OF_NAMES = ("idna", "punycode", "undefined")  # codecs of the standard library that no file is written in
TITLES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 (little endian)",
    "utf-16-be": "UTF-16 (big endian)",
    "utf-32": "UTF-32",
    "gb18030": "GB18030 (GBK, simplified Chinese)",
    "big5": "Big5 (traditional Chinese)",
    "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "euc_kr": "EUC-KR (Korean)",
    "cp1252": "Windows-1252 (western European)",
    "cp1250": "Windows-1250 (central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "koi8_r": "KOI8-R (Russian)",
}

_NEED_MARK = ("utf_16", "utf_32")  # whose bytes could stand in either order

codecs.register_error("workbench.mark", lambda error: (MARK, _end(error)))


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first bytes that are not ``encoding``: their offset in the file, and the bytes."""

    encoding: str
    offset: int
    found: bytes


@dataclass(frozen=True, slots=True)
class Settled:
    """The encoding to go on with, plain sentences on how it was found, and what did not fit.

    Where ``misfit`` is not of ``encoding``, the encoding is a suggestion, to be asked about.
    """

    encoding: str
    notes: tuple[str, ...]
    misfit: Misfit | None


def settle(path: Path, name: str, chosen: str | None, code: str) -> Settled:
    """Find a text file's encoding, or check the ``chosen`` one. Raises DataError when that is none.

    Raises it for bytes that are no text at all, too.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    marked = by_mark(start)
    if chosen is not None:
        try:
            io.TextIOWrapper(io.BytesIO(), chosen)  # also refuses codecs that are not for text
            known = codecs.lookup(chosen).name.replace("-", "_")
            if known in _OF_NAMES:
                raise LookupError(chosen)
        except (LookupError, UnicodeError):
            raise DataError(
                f"'{chosen}' is no known encoding",
                where=name,
                remedy="Choose one such as utf-8, gb18030, cp932 or cp1252.",
                code=f"{code}-01",
            ) from None
        if marked and known.startswith(marked[:5].replace("-", "_")):  # the mark is no part of the first cell
            chosen = marked
        elif known in _NEED_MARK:
            raise DataError(
                f"the file does not begin with the mark that {known.replace('_', '-').upper()} has",
                where=name,
                remedy=f"Choose {known.replace('_', '-')}-le or {known.replace('_', '-')}-be instead.",
                code=f"{code}-01",
            )
        return Settled(chosen, (), misfit(path, chosen))
    if marked:
        return Settled(marked, (f"The file is {TITLES[marked]} (told by its first bytes).",), misfit(path, marked))
    if _is_binary(start):
        raise DataError(
            "the content is no text, but bytes of a kind that is not known here",
            where=name,
            remedy="Nothing was imported. Save the table as CSV, Excel or Parquet with the program that made the file.",
            code=f"{code}-25",
        )
    found = misfit(path, "utf-8")
    if looks_like_utf16(start):  # which is valid UTF-8 where it holds nothing but ASCII and zeros
        found = Misfit("utf-8", start.index(0), b"\0")
    elif found is None or mostly_utf8(_around(path, found)):
        return Settled("utf-8", ("The file is UTF-8.",), found)
    return Settled(suggest(_around(path, found)), (), found)


def _around(path: Path, misfit: Misfit) -> bytes:
    """Whole lines around the place that did not fit: the start of a large file may be plain ASCII."""
    with path.open("rb") as file:
        start = max(0, misfit.offset - _SAMPLE // 2)
        file.seek(start)
        if start:
            file.readline()
        return file.read(_SAMPLE)


def by_mark(start: bytes) -> str | None:
    """The encoding that a byte order mark at the file's start tells, if there is one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def misfit(path: Path, encoding: str) -> Misfit | None:
    """Decode the whole file strictly; what does not fit, or None."""
    if codecs.lookup(encoding).name == "utf-8" and _all_utf8(path):
        return None
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            waiting = len(decoder.getstate()[0])  # bytes of a character that the last chunk cut in two
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                return Misfit(encoding, done - waiting + error.start, error.object[error.start : error.end][:8])
            if not chunk:
                return None
            done += len(chunk)


def _all_utf8(path: Path) -> bool:
    """Does the file hold nothing but UTF-8? (Arrow looks five times as fast as a decoder, but does not say where.)"""
    import pyarrow as pa

    rest = b""
    with path.open("rb") as file:
        while chunk := rest + file.read(_CHUNK):
            end = len(chunk) if len(chunk) == len(rest) else _whole_characters(chunk)
            ends = pa.py_buffer(struct.pack("=2i", 0, end))
            try:
                pa.StringArray.from_buffers(1, ends, pa.py_buffer(chunk)).validate(full=True)
            except pa.ArrowInvalid:
                return False
            if len(chunk) == len(rest):
                return True
            rest = chunk[end:]
    return True


def _whole_characters(chunk: bytes) -> int:
    """Where the last character begins that a chunk of UTF-8 may have cut in two; its end if there is none."""
    for back in range(1, min(4, len(chunk) + 1)):
        byte = chunk[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:  # the first of two, three or four bytes
            return len(chunk) - back if back < 2 + (byte >= 0xE0) + (byte >= 0xF0) else len(chunk)
    return len(chunk)


def line_of(path: Path, misfit: Misfit) -> int:
    """The number of the line in which bytes do not fit, counted from 1."""
    line, left = 1, misfit.offset
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(left, _CHUNK))):
            line += chunk.count(b"\n")
            left -= len(chunk)
    return line


def mostly_utf8(sample: bytes) -> bool:
    """Does a sample with invalid bytes hold more valid UTF-8 characters beyond ASCII than invalid bytes?"""
    text = sample.decode("utf-8", errors="workbench.mark")
    invalid = text.count(MARK)
    return sum(character > "\x7f" for character in text) - invalid > invalid


def looks_like_utf16(sample: bytes) -> bool:
    """Half of the bytes of western UTF-16 are zero, and none of any other text."""
    return sample.count(0) > len(sample) // 5


def _is_binary(sample: bytes) -> bool:
    """Are there many zeros, and not only in every second place, as in UTF-16?"""
    zeros = (sample[::2].count(0), sample[1::2].count(0))
    return looks_like_utf16(sample) and min(zeros) > max(zeros) / 4


def suggest(sample: bytes) -> str:
    """The likeliest encoding of bytes that are no UTF-8: a suggestion, to be shown and asked about."""
    from charset_normalizer import from_bytes

    if looks_like_utf16(sample):
        return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"
    matches = from_bytes(sample[:100_000], cp_isolation=_CANDIDATES)
    best = matches.best()
    if best is None:
        return "cp1252"
    # Code pages of one family often fit equally well; then the one that more people use comes first.
    equal = [match for match in matches if (match.chaos, match.coherence) == (best.chaos, best.coherence)]
    names = {name for match in equal for name in match.could_be_from_charset}
    return min(names & set(_CANDIDATES), key=_CANDIDATES.index, default=best.encoding)


def legible(text: str) -> str:
    """The text with a question mark in the place of what could not be decoded, for messages."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _end(error: UnicodeError) -> int:
    return error.end if isinstance(error, UnicodeDecodeError) else 0
