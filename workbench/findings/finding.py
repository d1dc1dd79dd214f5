"""What a finding is: a sentence, the rows behind it, and the change that would settle it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from workbench.recipe import Step

Level = Literal["error", "warning", "info"]
Groups = tuple[tuple[int, ...], ...]
SHOWN = 200  # rows that a finding carries
FEW = 5  # rows, labels or values that a sentence names


@dataclass(frozen=True, slots=True)
class Fix:
    """What settles a finding; ``title`` names the button.

    That is a preparation step, a way to split, a look at the labels, or (``drop_copies``) a new version in which only
    the first of the rows in ``Report.alike`` are left.
    """

    title: str
    step: Step | None = None
    split: Mapping[str, Any] | None = None
    relabel: bool = False
    drop_copies: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement of a table.

    ``text`` is a template that can be translated and ``values`` what it is filled with; ``count`` says how many rows
    (or columns, or labels) are meant, and ``rows`` holds the first ``SHOWN`` source rows, those next to each other
    that belong together. ``personal`` marks rows that must not be shown as they are (case 83).
    """

    kind: str
    level: Level
    text: str
    values: Mapping[str, str | int | float]
    count: int
    rows: Groups = ()
    column: str = ""
    fix: Fix | None = None
    personal: bool = False

    @property
    def sentence(self) -> str:
        """The text as it is read, in English."""
        return self.text.format(**self.values)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings of a table, the gravest first. ``alike`` are all groups of source rows with equal or nearly equal
    content, for asking later whether a split parts them. ``rows`` were looked at, in ``seconds``."""

    findings: tuple[Finding, ...]
    alike: Groups = ()
    rows: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose label is doubted: the label given, the one that a model would give, and how well the given one
    fits (0 to 1, low is suspicious: cleanlab's label quality)."""

    row: int
    given: str
    suggested: str
    score: float


@dataclass(frozen=True, slots=True)
class Suspects:
    """The doubtful rows, the most suspicious first, of ``judged`` rows; ``agreement`` is the share of all judged rows
    whose label the model gave too, which says how far to trust it."""

    rows: tuple[Suspect, ...]
    judged: int
    agreement: float = field(default=0.0)


def shown(groups: Iterable[Sequence[int]]) -> Groups:
    """The first groups with no more than ``SHOWN`` rows in all."""
    kept: list[tuple[int, ...]] = []
    left = SHOWN
    for group in groups:
        if left <= 0:
            break
        kept.append(tuple(int(row) for row in group[:left]))
        left -= len(kept[-1])
    return tuple(kept)


def singly(rows: Iterable[int]) -> Groups:
    """Rows that have nothing to do with each other."""
    return shown([(int(row),) for row in rows])


def named(names: Sequence[str], many: int = FEW) -> str:
    """The first names in quotation marks, as part of a sentence."""
    listed = ", ".join(f"“{' '.join(name.split())[:40]}”" for name in names[:many])
    return f"{listed}, …" if len(names) > many else listed
