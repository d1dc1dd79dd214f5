"""Which bytes mean which characters: told by a byte order mark, proven to be UTF-8, or suggested and asked."""

import codecs
from dataclasses import dataclass
from pathlib import Path

MARK = "\udc80"  # a lone surrogate: no strict decoder ever makes one, so it marks what could not be decoded
_CHUNK = 1 << 20
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

codecs.register_error("workbench.mark", lambda error: (MARK, _end(error)))


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first bytes that are not ``encoding``: their offset in the file, and the bytes."""

    encoding: str
    offset: int
    found: bytes


def by_mark(start: bytes) -> str | None:
    """The encoding that a byte order mark at the file's start tells, if there is one."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def misfit(path: Path, encoding: str) -> Misfit | None:
    """Decode the whole file strictly; what does not fit, or None."""
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


def mostly_utf8(sample: bytes) -> bool:
    """Does a sample with invalid bytes hold more valid UTF-8 characters beyond ASCII than invalid bytes?"""
    text = sample.decode("utf-8", errors="workbench.mark")
    invalid = text.count(MARK)
    return sum(character > "\x7f" for character in text) - invalid > invalid


def looks_like_utf16(sample: bytes) -> bool:
    """Half of the bytes of western UTF-16 are zero, and none of any other text."""
    return sample.count(0) > len(sample) // 5


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


def _end(error: UnicodeError) -> int:
    return error.end if isinstance(error, UnicodeDecodeError) else 0
