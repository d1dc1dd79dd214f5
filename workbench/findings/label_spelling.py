"""When two labels are spellings of one: certainly (case, width, white space) or probably (plural, typing error)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping

_SEPARATORS = re.compile(r"[\s_\-–—]+")
_EDGES = "\"'`“”‘’.,;:!"
_ALPHABET = 4  # pairs such as "a" and "A" from which on they are letters, and case tells them apart
_PLURAL_LENGTH, _TYPO_LENGTH = 4, 5  # shorter labels are too easily other words
_PLURAL_SHARE, _TYPO_SHARE = 0.2, 0.05  # of the other's rows that the rarer spelling has at most


def certain(counts: Mapping[str, int]) -> dict[str, str]:
    """Labels that differ from a more frequent one in case, width, white space or punctuation around them only.

    ``counts`` says how many rows each label has. An alphabet of upper and lower case letters stays as it is.
    """
    forms: dict[str, list[str]] = {}
    for label in counts:
        forms.setdefault(form(label), []).append(label)
    spellings = [labels for labels in forms.values() if len(labels) > 1]
    letters = [labels for labels in spellings if all(len(label.strip()) == 1 for label in labels)]
    if len(letters) >= _ALPHABET:
        spellings = [labels for labels in spellings if labels not in letters]
    return {
        label: chosen
        for labels in spellings
        for chosen in [max(labels, key=lambda label: (counts[label], label == label.strip(), label))]
        for label in labels
        if label != chosen
    }


def probable(counts: Mapping[str, int]) -> dict[str, str]:
    """Labels that look like a plural or a typing error of a far more frequent one, beyond the certain spellings."""
    total: Counter[str] = Counter()
    chosen: dict[str, str] = {}
    for label in sorted(counts, key=lambda label: -counts[label]):
        total[form(label)] += counts[label]
        chosen.setdefault(form(label), label)
    found = {}
    for rare in total:
        if any(sign.isdigit() for sign in rare):
            continue
        for common in total:
            share = total[rare] / total[common]
            if (share <= _PLURAL_SHARE and _plural(rare, common)) or (share <= _TYPO_SHARE and _typo(rare, common)):
                found[chosen[rare]] = chosen[common]
                break
    return {rare: common for rare, common in found.items() if common not in found}


def form(label: str) -> str:
    """What stays the same in all certain spellings of a label."""
    plain = unicodedata.normalize("NFKC", label).casefold()
    words = _SEPARATORS.sub(" ", plain).strip().strip(_EDGES).strip()
    if re.fullmatch(r"-?\d+\.0", plain.strip()):
        return plain.strip().removesuffix(".0")
    return words if any(map(str.isalnum, words)) and not _signed(plain) else plain.strip()


def _signed(plain: str) -> bool:
    """Is a sign part of the meaning, as in -1, c++ or +?"""
    return bool(re.search(r"[+#*/<>=%&@^~|\\]|^\s*[-–—]\s*\d", plain))


def _plural(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _PLURAL_LENGTH and short.isalpha() and long in (short + "s", short + "es")


def _typo(rare: str, common: str) -> bool:
    """One letter wrong, missing, doubled or swapped, but not in front, where "a-" and "un-" turn the meaning round."""
    if min(len(rare), len(common)) < _TYPO_LENGTH or rare == common or rare[0] != common[0]:
        return False
    if any(not sign.isalpha() and sign != " " for sign in rare + common):
        return False
    start = next((place for place, (a, b) in enumerate(zip(rare, common, strict=False)) if a != b), None)
    if start is None:
        return abs(len(rare) - len(common)) == 1
    a, b = rare[start:], common[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
