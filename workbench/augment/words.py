"""A text as words and the gaps between them; in scripts without spaces every character counts as a word."""

import re

# Chinese and Japanese characters, kana, Thai, Lao, Khmer, Burmese: scripts that do not put spaces between words.
_SPACELESS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
# A mark (tone, vowel sign, selector) belongs to the character before it.
_WORD = re.compile(f"[{_SPACELESS}][\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\ufe00-\ufe0f]*|[^\\s{_SPACELESS}]+")


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
