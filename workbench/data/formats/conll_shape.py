"""How lines of words with tags are cut into columns, and which of these hold numbers, words and tags."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.data.formats import tag_rules

DOCUMENT = "-DOCSTART-"
_TYPES = 60  # tags of another kind than entities' that a file may have
_ENTITIES = 0.7  # share of the lines whose last column is a tag of entities, in a file of such tags
_SECOND_WIDTH = 0.05  # share of the lines from which another number of columns is no mistake
_COUNTED = 0.95  # share of the words whose numbers follow one another, in a file that numbers them
_HEADINGS = ("tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "iob")
_PHRASES = {"NP", "VP", "PP", "ADVP", "ADJP", "SBAR", "PRT", "CONJP", "INTJ", "LST", "UCP", "NC", "VC", "PC"}
_TAGGED = re.compile(r"[BIESLU]-\S.*")
_NUMBER = re.compile(r"(\d{1,7})([-.]\d{1,7})?")  # CoNLL-U: 1-2 stands for two words, 1.1 for none
_UPOS, _XPOS, _CONLLU = 3, 4, 10  # columns of CoNLL-U, and how many there are
_HEAD = re.compile(r"_|\d+")


@dataclass(frozen=True, slots=True)
class Shape:
    """A line is cut at tabs or at spaces, into as many columns as ``widths`` allow; ``tag`` -1 is the last column.

    ``numbered`` says that the first column counts the words; ``outer`` that the tag's right neighbour holds the tags
    of entities within entities.
    """

    tabs: bool
    widths: frozenset[int]
    token: int
    tag: int
    entities: bool
    numbered: bool = False
    headed: bool = False
    outer: bool = False

    def cut(self, line: str) -> list[str]:
        return line.split("\t") if self.tabs else line.split()

    def is_comment(self, line: str, cells: Sequence[str]) -> bool:
        """Does the line tell about the sentence? Where words are not numbered, one of them may begin with # as well."""
        if not line.startswith("#"):
            return False
        if self.numbered or len(cells) not in self.widths:
            return True
        return self.entities and not tag_rules.TAG.fullmatch(cells[-1])

    def is_no_word(self, cells: Sequence[str]) -> bool:
        """Does a line of CoNLL-U stand for several words, or for one that was not written?"""
        number = _NUMBER.fullmatch(cells[0]) if self.numbered else None
        return bool(number and number[2]) and len(cells) in self.widths


def shape_of(lines: Sequence[str]) -> Shape | None:
    """How most of these lines are cut, if they are words with tags at all."""
    filled = [line for line in lines if line.strip() and not line.startswith(DOCUMENT)]
    if len(filled) < 2:
        return None
    tabs = sum("\t" in line for line in filled) > len(filled) / 2
    numbered = _are_numbered(lines, tabs=tabs)
    skipped = "#" if numbered else "# "
    cut = [
        line.split("\t") if tabs else line.split()
        for line in filled
        if not line.startswith(skipped) or (tabs and not numbered)
    ]
    counts = Counter(map(len, cut))
    (width, count), *_ = counts.most_common(1) or [(0, 0)]
    token = int(numbered)
    if width < token + 2:
        return None
    words = [cells for cells in cut if len(cells) == width]
    fitting = sum(bool(tag_rules.TAG.fullmatch(cells[-1])) for cells in cut)
    tag = _entities(words, token) if fitting >= _ENTITIES * len(cut) else None
    if tag is not None:
        often = {other for other, times in counts.items() if times >= _SECOND_WIDTH * len(cut) >= 5}
        widths = frozenset({width} | {other for other in often if other > token + 1})
        headed = cut[0][-1].lower() in _HEADINGS
        outer = len(widths) == 1 and tag < width - 1
        return Shape(tabs, widths, token, tag if outer else -1, True, numbered, headed, outer)
    if tabs and numbered and width == _CONLLU and all(_HEAD.fullmatch(cells[6]) for cells in words):
        lacks = all(cells[_UPOS] == "_" for cells in words) and any(cells[_XPOS] != "_" for cells in words)
        return Shape(tabs, frozenset({width}), token, _XPOS if lacks else _UPOS, entities=False, numbered=True)
    sentences = _groups(lines)
    tags = {cells[-1] for cells in words}
    plain = not any(" " in cell for cells in words for cell in cells)
    if plain and count >= 0.98 * len(cut) and 2 <= sentences <= len(words) / 2 and _are_tags(tags, len(words)):
        return Shape(tabs, frozenset({width}), token, -1, entities=False, numbered=numbered)
    return None


def _are_numbered(lines: Sequence[str], *, tabs: bool) -> bool:
    """Does the first of at least three columns count the words: from 0 or 1 in each sentence, or on and on?"""
    counted = words = 0
    before: int | None = None
    begins = True
    for line in lines:
        if not line.strip():
            begins = True
            continue
        cells = line.split("\t") if tabs else line.split()
        number = _NUMBER.fullmatch(cells[0])
        if line.startswith(("#", DOCUMENT)) or (number and number[2]):
            continue
        now = int(number[1]) if number and len(cells) > 2 else None
        words += 1
        counted += now is not None and ((before is not None and now == before + 1) or (begins and now in (0, 1)))
        before, begins = now, False
    return words > 1 and counted >= _COUNTED * words


def _entities(words: Sequence[Sequence[str]], token: int) -> int | None:
    """The column with tags of entities: the last, or the one before it, where the last only tags within those."""
    width = len(words[0])
    if not any(_TAGGED.fullmatch(cells[-1]) for cells in words):
        within = width > token + 2 and _are_entities([cells[-2] for cells in words])
        return width - 2 if within and all(cells[-1] == "O" for cells in words) else None
    if width > token + 2 and _are_entities([cells[-2] for cells in words]):
        outer = sum(bool(_TAGGED.fullmatch(cells[-2])) for cells in words)
        inner = [bool(_TAGGED.fullmatch(cells[-2])) for cells in words if _TAGGED.fullmatch(cells[-1])]
        if all(inner) and len(inner) < outer:
            return width - 2
    return width - 1


def _are_entities(tags: Sequence[str]) -> bool:
    """Are these tags of entities, and not of phrases (B-NP), which stand beside them in many files?"""
    types = {tag[2:] for tag in tags if _TAGGED.fullmatch(tag)}
    fitting = sum(bool(tag_rules.TAG.fullmatch(tag)) for tag in tags)
    return fitting >= _ENTITIES * len(tags) and bool(types - _PHRASES)


def _groups(lines: Sequence[str]) -> int:
    """How many groups of lines the blank lines make."""
    return sum(bool(line.strip()) and not before.strip() for before, line in zip(["", *lines], lines, strict=False))


def _are_tags(tags: set[str], words: int) -> bool:
    return 2 <= len(tags) <= min(_TYPES, words / 2) and not any(
        tag.strip().replace(".", "").isdecimal() for tag in tags
    )
