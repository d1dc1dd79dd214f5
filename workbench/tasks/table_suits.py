"""Which column of a table is likely to be predicted from the others, and whether it is a label or an amount."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.data.profiles.profile import ColumnProfile, TableProfile

Answer = Literal["label", "amount"]

LABELS = re.compile(
    r"(^|[_\W])(label|class|categor\w*|target|species|type|outcome|diagnosis|survived|churn|default|result|grade|y)$",
    re.IGNORECASE,
)
AMOUNTS = re.compile(
    r"(^|[_\W])(target|price|cost|amount|value|score|sales|revenue|salary|income|rent|progression|demand|mpg|y)$",
    re.IGNORECASE,
)
MOST_LABELS = 100
FEW = 20  # different numbers that may still be labels
LONG = 40  # characters of a text, on average, that has more to say than a name
FEATURES = 3  # beside a text, to make it a table rather than texts with notes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may be the target, and how much speaks for it."""

    column: ColumnProfile
    weight: float


def fit(profile: TableProfile, answer: Answer) -> tuple[float, Candidate | None]:
    """How well the table fits the task that predicts this kind of answer (0 to 1), and the likeliest target."""
    usable = [column for column in profile.columns if column.kind in ("category", "number") and column.distinct > 1]
    found = _candidate(usable, profile.columns, answer)
    if found is None or len(usable) < 2 or profile.images is not None:
        return 0.0, None
    other = _candidate(usable, profile.columns, "amount" if answer == "label" else "label")
    likelier = other is None or (found.weight, answer == "label") >= (other.weight, other.column.kind != "category")
    return _table(profile, len(usable) - 1) * (1.0 if likelier else 0.6), found


def _table(profile: TableProfile, features: int) -> float:
    """How much it looks like a table of numbers and categories; texts are better read as texts."""
    texts = [column for column in profile.columns if column.kind == "text" and column.distinct > 1]
    if not texts:
        return 0.95
    return 0.92 if features >= FEATURES and max(column.mean_length for column in texts) <= LONG else 0.4


def _candidate(usable: Sequence[ColumnProfile], columns: Sequence[ColumnProfile], answer: Answer) -> Candidate | None:
    """By name first, then by place: the last column, then the first, is where targets usually are."""
    fitting = [column for column in usable if (_may_be_label if answer == "label" else _may_be_amount)(column)]
    if not fitting:
        return None
    names = LABELS if answer == "label" else AMOUNTS

    def weight(column: ColumnProfile) -> float:
        named = 1.0 if names.search(column.name) else 0.0
        last = 0.5 if column is columns[-1] else 0.2 if column is columns[0] else 0.0
        return named + last

    best = max(fitting, key=weight)
    return Candidate(best, weight(best))


def _may_be_label(column: ColumnProfile) -> bool:
    return column.kind == "category" and 2 <= column.distinct <= MOST_LABELS


def _may_be_amount(column: ColumnProfile) -> bool:
    return column.kind == "number" and column.distinct > FEW
