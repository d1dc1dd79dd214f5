"""What the preparation does to one text; standard library only, because exported models carry this file as it is."""

import re
import unicodedata
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Literal

_SPACE = re.compile(r"\s+")
# Elements that a browser sets apart: the words before and after them must not run together.
_APART = re.compile(
    "address|article|aside|blockquote|br|caption|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|"
    "main|nav|ol|option|p|pre|section|summary|table|td|th|title|tr|ul"
)
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'，。！？；、）】》]*[^\s<>\"'.,;:!?)\]，。！？；、）】》]", re.IGNORECASE
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.)+[^\W\d_]{2,24}(?![\w-])")
_HANDLE = re.compile(r"(?<![\w@./])@\w{2,50}")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\ufeff\ufff9-\ufffb]")
_UNSEEN_TOO = re.compile(f"{_UNSEEN.pattern[:-1]}\u200b\u2060]")
_SILENT = frozenset(("script", "style", "template"))  # elements whose content nobody reads


def normalise_whitespace(text: str, *, trim: bool = True) -> str:
    """Every run of spaces, tabs and line breaks becomes one space; ``trim`` also removes those at both ends."""
    text = _SPACE.sub(" ", text)
    return text.strip() if trim else text


def normalise_unicode(text: str, *, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """One way to write each character: NFC joins accents, NFKC also unifies full-width and styled letters."""
    return unicodedata.normalize(form, text)


def lowercase(text: str) -> str:
    """All letters small."""
    return text.lower()


def strip_html(text: str) -> str:
    """The readable text of a piece of HTML: tags and comments go, entities become characters, line breaks stay apart.

    A text without markup stays as it is, also when it holds "<" or "&" ("I <3 you", "salt & pepper").
    """
    if "<" not in text and "&" not in text:
        return text
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return "".join(reader.pieces)


def replace_links(
    text: str, *, addresses: Literal["a word", "nothing"] = "a word", mail: bool = True, handles: bool = False
) -> str:
    """Web addresses, and e-mail addresses and @names if wanted, become "[link]", "[e-mail]", "[name]", or go."""
    word = addresses == "a word"
    text = _LINK.sub("[link]" if word else "", text)
    if mail:
        text = _MAIL.sub("[e-mail]" if word else "", text)
    return _HANDLE.sub("[name]" if word else "", text) if handles else text


def remove_control_characters(text: str, *, zero_width: bool = True) -> str:
    """Without characters that nobody sees: control characters but for tab and line break, byte order marks, soft
    hyphens and, with ``zero_width``, spaces of no width. Joiners stay: emoji and some scripts need them."""
    return (_UNSEEN_TOO if zero_width else _UNSEEN).sub("", text)


FUNCTIONS: dict[str, Callable[..., str]] = {
    "normalise_whitespace": normalise_whitespace,
    "normalise_unicode": normalise_unicode,
    "lowercase": lowercase,
    "strip_html": strip_html,
    "replace_links": replace_links,
    "remove_control_characters": remove_control_characters,
}


class _Reader(HTMLParser):
    """Collects what a browser would show."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._apart(tag)
        self.silent += tag in _SILENT

    def handle_endtag(self, tag: str) -> None:
        self._apart(tag)
        self.silent -= tag in _SILENT and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)

    def _apart(self, tag: str) -> None:
        if _APART.fullmatch(tag) and self.pieces and not self.pieces[-1].endswith((" ", "\n")):
            self.pieces.append(" ")
