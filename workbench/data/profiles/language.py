"""Which language texts are probably in, told by their script and, for Latin letters, by their commonest words."""

import re
from collections import Counter
from collections.abc import Iterable

_CHARACTERS = 20_000  # are looked at
_LEAST = 20  # letters, or words, below which nothing is said
_SCRIPTS = (  # each with the characters that only it has
    ("ja", "\u3040-\u30ff\uff66-\uff9d"),
    ("ko", "\u1100-\u11ff\uac00-\ud7af"),
    ("zh", "\u3400-\u4dbf\u4e00-\u9fff"),
    ("ar", "\u0600-\u06ff\u0750-\u077f"),
    ("ru", "\u0400-\u04ff"),
    ("el", "\u0370-\u03ff"),
    ("he", "\u0590-\u05ff"),
    ("hi", "\u0900-\u097f"),
    ("th", "\u0e00-\u0e7f"),
)
_PATTERNS = tuple((language, re.compile(f"[{characters}]")) for language, characters in _SCRIPTS)
_UKRAINIAN, _PERSIAN = re.compile("[їєіґ]", re.IGNORECASE), re.compile("[پچژگ]")
_WORDS = {
    "en": "the and of to is in it that was for you with this not are but have be on as my i a at we they",
    "de": "der die das und ist nicht ich ein eine zu mit den es sie auf für war auch von dem sich im sehr aber wir",
    "fr": "le la les et est des une un pas je que pour dans qui en du ce il au sur très avec mais nous c'est",
    "es": "el la los las de que y en un una es no por con para se muy del al lo me pero más como su",
    "it": "il di che la un una è non per sono con mi ho le si molto ma del della anche gli questo come lo nel",
    "pt": "o a os as de que e do da em um uma não para com muito é por mas foi no na se eu você",
    "nl": "de het een en van is niet ik dat op te zijn voor met maar er was ook heel we aan die goed naar bij",
}
_COMMON = {language: frozenset(words.split()) for language, words in _WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def guess(texts: Iterable[str]) -> str:
    """ISO 639-1 code of the language that most of the texts seem to be in; empty when that cannot be told."""
    text = ""
    for one in texts:
        text += one[:1000] + "\n"
        if len(text) > _CHARACTERS:
            break
    letters = sum(map(str.isalpha, text))
    if letters < _LEAST:
        return ""
    found = {language: len(pattern.findall(text)) for language, pattern in _PATTERNS}
    if found["ja"] > 0.05 * letters:  # beside its own signs Japanese has Chinese ones
        return "ja"
    language, count = max(found.items(), key=lambda item: item[1])
    if count > 0.5 * letters:
        return _sibling(language, text, count)
    return _by_words(text) if sum(found.values()) < 0.1 * letters else ""


def _sibling(language: str, text: str, letters: int) -> str:
    """Another language of the same script, if letters that only it has are frequent."""
    if language == "ru" and len(_UKRAINIAN.findall(text)) > 0.02 * letters:
        return "uk"
    if language == "ar" and len(_PERSIAN.findall(text)) > 0.01 * letters:
        return "fa"
    return language


def _by_words(text: str) -> str:
    words = Counter(word.lower().replace("’", "'") for word in _WORD.findall(text))
    total = words.total()
    if total < _LEAST:
        return ""
    hits = sorted(((sum(words[word] for word in common), name) for name, common in _COMMON.items()), reverse=True)
    (best, language), (second, _) = hits[:2]
    return language if best > 0.1 * total and best > 1.3 * second else ""
