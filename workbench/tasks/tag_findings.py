"""Findings about sentences of words with tags: cells that are no lists, tags that break the rules, types too rare."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from workbench.data.formats import tag_rules
from workbench.tasks import label_findings, word_pieces
from workbench.tasks.protocol import Finding, Split
from workbench.tasks.tagged_words import TAGS, TOKENS, sentences, types

READ = 512  # word pieces
LOOKED_AT = 5_000  # sentences that tell the scheme


def find(split: Split) -> list[Finding]:
    """All of them; what cannot be read comes alone."""
    if missing := label_findings.without_rows(split):
        return missing
    if unreadable := _unreadable(split):
        return unreadable
    if nothing := _nothing_to_find(split):
        return nothing
    return [
        *_broken_rules(split),
        *_types(split),
        *_shared(split),
        *_empty(split),
        *_long(split),
        *label_findings.few_test_rows(split),
    ]


def _unreadable(split: Split) -> list[Finding]:
    """Cells that are not two JSON lists of texts of the same length: counted, the first named."""
    count, first = 0, ""
    for part in (split.train, split.validation, split.test):
        for row, tokens, tags in zip(part.index, part[TOKENS], part[TAGS], strict=True):
            what = _wrong(tokens, tags)
            count += bool(what)
            first = first or (what and f"row {int(row) + 1}: {what}")
    if not count:
        return []
    return [
        Finding(
            "error",
            "CHECK-TAGS",
            f"{count:,} {'row has' if count == 1 else 'rows have'} no words with a tag each; the first is {first}.",
            'Words and tags are JSON lists, such as ["Ada", "sings"] and ["B-PER", "O"]. Import a CoNLL file, choose '
            "other columns, or correct the rows.",
        )
    ]


def _wrong(tokens: str, tags: str) -> str:
    words, marks = word_pieces.words_of(tokens), word_pieces.words_of(tags)
    for name, cell, found in ((TOKENS, tokens, words), (TAGS, tags, marks)):
        if found is None:
            return f"the {name}, '{cell[:40]}', are no JSON list of texts"
    assert words is not None  # said above, as for the tags
    assert marks is not None
    if len(words) != len(marks):
        return f"{len(words):,} words have {len(marks):,} tags"
    odd = next((tag for tag in marks if not tag_rules.TAG.fullmatch(tag)), None)
    return "" if odd is None else f"'{odd[:40]}' is no tag such as O, B-PER or I-PER"


def _nothing_to_find(split: Split) -> list[Finding]:
    if types(split.train):
        return []
    elsewhere = sorted({*types(split.validation), *types(split.test)})
    what = "Every tag of the training rows is O, so there is nothing to learn to find"
    return [
        Finding(
            "error",
            "CHECK-39",
            f"{what}; {', '.join(elsewhere[:5])} occur for validation and test only." if elsewhere else f"{what}.",
            "Choose the column that holds the tags, or add rows with entities.",
        )
    ]


def _broken_rules(split: Split) -> list[Finding]:
    """Tags that continue nothing: they are read as beginnings, as seqeval does."""
    rows = [sentence for part in (split.train, split.validation, split.test) for sentence in sentences(part)]
    scheme = tag_rules.scheme(tags for _, _, tags in rows[:LOOKED_AT])
    count, first = 0, ""
    for row, words, tags in rows:
        for place, what in tag_rules.breaks(tags, scheme):
            first = first or f"in row {row + 1}, word {place + 1} ('{words[place][:40]}'): {what}"
            count += 1
    if not count:
        return []
    return [
        Finding(
            "warning",
            "CHECK-IOB",
            f"{count:,} {'tag breaks' if count == 1 else 'tags break'} the rules of {scheme}; the first is {first}.",
            "An entity is taken to begin there. Correct the tags if they are mistakes.",
        )
    ]


def _types(split: Split) -> list[Finding]:
    """Types that are rare, unlearnt, alone, or differ in case only."""
    train = _counted(split.train)
    everywhere = train + _counted(split.validation) + _counted(split.test)
    findings = []
    if len(everywhere) == 1:
        (only,) = everywhere
        findings.append(
            Finding(
                "warning",
                "CHECK-TYPE",
                f"There is only one type of entity, '{only}', so the model will find nothing else.",
                "Go on if that is meant; otherwise look at the column of the tags.",
            )
        )
    if lone := sorted(kind for kind, count in everywhere.items() if count == 1):
        findings.append(
            Finding(
                "warning",
                "CHECK-40",
                f"{_named(lone)} only once, which cannot be both learnt and tested.",
                "Add rows with it, or give it the type of another one in the file.",
            )
        )
    if unknown := sorted(set(everywhere) - set(train)):
        findings.append(
            Finding(
                "warning",
                "CHECK-42",
                f"{_named(unknown)} in validation or test but not in training, so the model cannot find it.",
                "Split again with another seed, or with a larger share for training.",
            )
        )
    alike: dict[str, list[str]] = {}
    for kind in everywhere:
        alike.setdefault(kind.casefold(), []).append(kind)
    findings += [
        Finding(
            "warning",
            "CHECK-45",
            f"The types {' and '.join(repr(kind) for kind in sorted(kinds))} differ only in case.",
            "Write them in one way if they mean the same.",
        )
        for kinds in alike.values()
        if len(kinds) > 1
    ]
    return findings


def _counted(part: pd.DataFrame) -> Counter[str]:
    return Counter(kind for _, _, tags in sentences(part) for _, _, kind in word_pieces.entities(tags))


def _named(kinds: list[str]) -> str:
    shown = ", ".join(f"'{kind}'" for kind in kinds[:5])
    more = f" and {len(kinds) - 5} more" if len(kinds) > 5 else ""
    return f"The type {shown} occurs" if len(kinds) == 1 else f"The types {shown}{more} occur"


def _shared(split: Split) -> list[Finding]:
    seen = set(split.train[TOKENS])
    count = sum(int(part[TOKENS].isin(seen).sum()) for part in (split.validation, split.test))
    if not count:
        return []
    return [
        Finding(
            "warning",
            "CHECK-44",
            f"{count:,} {'row' if count == 1 else 'rows'} of validation and test also occur in training, so the scores "
            "will look better than they are.",
            "Take the repeated rows out of the file.",
        )
    ]


def _empty(split: Split) -> list[Finding]:
    empty = [row for row, words, _ in _all(split) if not any(word.strip() for word in words)]
    if not empty:
        return []
    count = len(empty)
    return [
        Finding(
            "warning",
            "CHECK-46",
            f"{count:,} {'row has' if count == 1 else 'rows have'} no words; the first is row {empty[0] + 1}.",
            "Nothing is learnt from it. Take it out of the file.",
        )
    ]


def _long(split: Split) -> list[Finding]:
    from workbench.tasks.text_findings import estimated_tokens

    count = sum(estimated_tokens(" ".join(words)) > READ for _, words, _ in _all(split))
    if not count:
        return []
    return [
        Finding(
            "warning",
            "CHECK-47",
            f"{count:,} {'text is' if count == 1 else 'texts are'} longer than the about {READ} word pieces that most "
            "models read at once.",
            "They are read in pieces that overlap, so that every word is answered; what one piece says of a name is "
            "not known in the next. Shorter texts, such as sentences, are learnt better.",
        )
    ]


def _all(split: Split) -> Iterator[tuple[int, list[str], list[str]]]:
    for part in (split.train, split.validation, split.test):
        yield from sentences(part)
