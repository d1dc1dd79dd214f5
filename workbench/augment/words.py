"""A text as words and the gaps between them, or as characters; in scripts without spaces a character is a word."""

import re
import unicodedata

from workbench.data.scripts import SPACELESS

# A mark (tone, vowel sign, selector) belongs to the character before it.
_WORD = re.compile(f"[{SPACELESS}][\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\ufe00-\ufe0f]*|[^\\s{SPACELESS}]+")


def take_apart(text: str) -> tuple[list[str], list[str]]:
    """Words and gaps: ``gaps`` has one more entry, what stands before each word and after the last."""
    words, gaps, end = [], [], 0
    for match in _WORD.finditer(text):
        gaps.append(text[end : match.start()])
        words.append(match.group())
        end = match.end()
    return words, [*gaps, text[end:]]


def put_together(words: list[str], gaps: list[str]) -> str:
    """The text of words and gaps; neighbours that would run together into one word are set apart by a space."""
    text = ""
    for place, (gap, word) in enumerate(zip(gaps, [*words, ""], strict=True)):
        apart = not gap and place > 0 and word and len(_WORD.findall(words[place - 1] + word)) == 1
        text += (" " if apart else gap) + word
    return text


def characters(text: str) -> list[str]:
    """Characters as people see them: accents, vowel signs, skin tones and what is joined stay with the one before."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for sign in text:
        if found and (found[-1].endswith(_JOINER) or sign == _JOINER or _belongs_to_the_one_before(sign)):
            found[-1] += sign
        else:
            found.append(sign)
    return found


_JOINER = "\u200d"


def _belongs_to_the_one_before(sign: str) -> bool:
    return unicodedata.category(sign).startswith("M") or "\U0001f3fb" <= sign <= "\U0001f3ff"
