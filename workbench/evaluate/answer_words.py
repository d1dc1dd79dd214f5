"""When two answers to a question are the same: SQuAD's normal form, exact match and F1 of words.

As SQuAD 2.0's script counts (Rajpurkar et al., arXiv:1806.03822): case, punctuation, articles and white space do not
count; F1 compares bags of words; of several right answers the one that fits best counts; a question without an answer
is right when none was given. Text of scripts without spaces (Chinese, Japanese, Thai …), which that script would take
for one long word, counts by its characters, and its own punctuation does not count either.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Sequence

from workbench.data.scripts import SPACELESS

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)
_SPACELESS = re.compile(f"[{SPACELESS}]")


def normal(text: str) -> str:
    """The answer in lower case, without punctuation and English articles, with one space between words."""
    text = text.lower().translate(_PUNCTUATION)
    if _SPACELESS.search(text):
        marks = (character for character in text if not unicodedata.category(character).startswith("P"))
        text = _SPACELESS.sub(r" \g<0> ", "".join(marks))
    return " ".join(_ARTICLES.sub(" ", text).split())


def exact(accepted: Sequence[str], given: str) -> float:
    """1 where the answer is one of those that are right in its normal form, else 0; "" stands for no answer."""
    found = normal(given)
    return float(any(normal(one) == found for one in _right(accepted)))


def f1(accepted: Sequence[str], given: str) -> float:
    """The harmonic mean of precision and recall of the words of an answer, for the right one that it fits best."""
    words = normal(given).split()
    return max(_f1(normal(one).split(), words) for one in _right(accepted))


def _right(accepted: Sequence[str]) -> Sequence[str]:
    """The right answers that hold a word; nothing at all is right where there is none."""
    return [one for one in accepted if normal(one)] or [""]


def _f1(right: Sequence[str], given: Sequence[str]) -> float:
    if not right or not given:
        return float(right == given)
    shared = sum((Counter(right) & Counter(given)).values())
    return 2 * shared / (len(right) + len(given))
