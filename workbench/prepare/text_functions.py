"""What the preparation does to one text; standard library only, because exported models carry this file as it is."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from typing import Any, Literal

_SPACE = re.compile(r"\s+")
# Elements that a browser sets apart: the words before and after them must not run together.
_APART = re.compile(
    "address|article|aside|blockquote|br|caption|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|"
    "main|nav|ol|option|p|pre|section|summary|table|td|th|title|tr|ul"
)
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


def prepare(text: str, steps: Sequence[dict[str, Any]]) -> str:
    """Apply steps such as ``{"function": "lowercase", "settings": {}}`` in order, as preparation.json lists them."""
    for step in steps:
        text = FUNCTIONS[step["function"]](text, **step["settings"])
    return text


FUNCTIONS: dict[str, Callable[..., str]] = {
    "normalise_whitespace": normalise_whitespace,
    "normalise_unicode": normalise_unicode,
    "lowercase": lowercase,
    "strip_html": strip_html,
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
