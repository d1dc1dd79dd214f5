"""Finding: personal data in texts and other columns. Its examples are masked, and so are the rows shown (case 83)."""

import re
from collections.abc import Iterator

from workbench.data.profiles import personal_data
from workbench.data.profiles.profile import ColumnProfile
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, singly
from workbench.recipe import Step

SENTENCES = {
    "email": "“{column}” holds e-mail addresses in {count:,} of {rows:,} rows, such as {example}.",
    "phone": "“{column}” holds what look like phone numbers in {count:,} of {rows:,} rows, such as {example}.",
    "card": "“{column}” holds payment card numbers in {count:,} of {rows:,} rows, such as {example}.",
    "iban": "“{column}” holds bank account numbers (IBAN) in {count:,} of {rows:,} rows, such as {example}.",
    "identity": "“{column}” holds identity numbers in {count:,} of {rows:,} rows, such as {example}.",
    "ip": "“{column}” holds IP addresses in {count:,} of {rows:,} rows, such as {example}.",
}
FIX = "Hide personal data"
TEXTS = (*SENTENCES.values(), FIX)
_NEARLY_ALL = 0.8  # of the numbers of a column: fewer are numbers that pass a check digit by chance
_SHORTEST = 6  # characters, as in a@b.de
_FIRST = 200  # cells
_LONG_NUMBER = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d-])")
_BY_CHANCE = 0.4  # of the long numbers of a text column; a tenth passes the check of cards by chance


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding a column and kind."""
    pictures = set(evidence.question.images)
    for column in evidence.profile.columns:
        if column.name not in pictures and column.max_length >= _SHORTEST and not _only_measures(evidence, column):
            yield from _in_column(evidence, column)


def masked(value: str) -> str:
    """A value of which only the form can be told: its first and last sign, and what is neither letter nor digit."""
    last = len(value) - 1
    return "".join("•" if sign.isalnum() and place not in (0, last) else sign for place, sign in enumerate(value))


def _only_measures(evidence: Evidence, column: ColumnProfile) -> bool:
    """A column of numbers of which the first ones hold nothing personal: it would have to hold it in nearly all."""
    return column.kind == "number" and not any(map(personal_data.find, evidence.cells(column.name, _FIRST)))


def _in_column(evidence: Evidence, column: ColumnProfile) -> Iterator[Finding]:
    places: dict[str, list[int]] = {}
    examples: dict[str, str] = {}
    long_numbers = 0
    cells = evidence.cells(column.name)
    for place, cell in enumerate(cells):
        found = personal_data.find(cell)
        if found or len(cell) > 12:
            long_numbers += bool(_LONG_NUMBER.search(cell))
        for one in found:
            examples.setdefault(one.kind, masked(cell[one.start : one.end]))
            if places.setdefault(one.kind, [])[-1:] != [place]:
                places[one.kind].append(place)
    filled = len(cells) - column.missing
    for kind, sentence in SENTENCES.items():
        where = places.get(kind, [])
        by_chance = column.kind in ("number", "id") and len(where) < _NEARLY_ALL * filled
        if not where or by_chance or (kind == "card" and len(where) < _BY_CHANCE * long_numbers):
            continue
        step = {"step": "hide-personal-data", "columns": [column.name], "how": "mask"}
        yield Finding(
            kind=f"personal-data-{kind}",
            level="warning",
            text=sentence,
            values={"column": column.name, "count": len(where), "rows": len(cells), "example": examples[kind]},
            count=len(where),
            rows=singly(evidence.source(where)),
            column=column.name,
            fix=Fix(FIX, step=Step.model_validate(step)),
            personal=True,
        )
