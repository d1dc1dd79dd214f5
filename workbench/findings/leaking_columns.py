"""Finding: columns that alone give the answer away, on rows that the guess was not made from.

Of every column a small decision tree (numbers) or the most frequent label of each value (words) is fitted on four
fifths of the rows and asked about the rest, in turns; what counts is the mean share of each label's rows that it gets
right. A strong measurement is no leak: the petal width of irises alone tells 96 % of them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.data.profiles.profile import ColumnProfile
from workbench.findings.evidence import Evidence
from workbench.findings.finding import Finding, Fix, Level
from workbench.findings.numbers import meant_as_numbers, numbers
from workbench.recipe import Step

LEAK = (
    "“{column}” alone tells “{target}” for {share:.1%} of the rows of each label. Does it hold the answer in other "
    "words, or is it known only afterwards? Then the model will fail on new rows."
)
GROUP = (
    "Rows with the same “{column}” nearly always have the same “{target}” ({share:.1%}). A model that saw some of them "
    "in training knows the others: keep them together when splitting."
)
NUMBER = (
    "“{column}” follows “{target}” almost exactly (rank correlation {share:.4f}). Does it hold the answer in other "
    "words, or is it known only afterwards? Then the model will fail on new rows."
)
FIX, KEEP_TOGETHER = "Leave this column out", "Keep them together in the split"
TEXTS = (LEAK, GROUP, NUMBER, FIX, KEEP_TOGETHER)
_ENOUGH = 20  # rows
_OF_LABEL = 5  # rows of a label below which it is not asked about
_LOOKED_AT, _SCREENED = 10_000, 2_000  # rows
_COLUMNS = 1_000
_HOPELESS = 0.8  # on the few rows of the screening
_CERTAIN, _NEARLY = 0.99, 0.97  # the second where no more rows are wrong than labels have bounds, or it stands out
_APART = 4.0  # times less often wrong than the best of the other columns: what is nearly certain must stand out
_RANKS = 0.9995
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class _Guess:
    """How well one column alone tells the labels (the mean share of each label's rows, and all rows that it gets
    wrong), and whether it does so by naming groups of rows."""

    column: ColumnProfile
    share: float = 0.0
    wrong: int = 0
    by_value: bool = False


def find(evidence: Evidence) -> Iterator[Finding]:
    """One finding a column."""
    target = evidence.question.target
    if target is None or evidence.profile.rows < _ENOUGH:
        return
    columns = evidence.columns("number", "category", "id")[:_COLUMNS]
    if evidence.question.measured:
        yield from _following(evidence, target, columns)
        return
    places, labels = _asked(evidence)
    if len(labels) < _ENOUGH or labels.max() == 0:
        return
    guesses = [_guess(evidence, column, places, labels) for column in columns]
    modest = max((guess.share for guess in guesses if guess.share < _NEARLY), default=0.0)
    for guess in guesses:
        certain = guess.share >= _CERTAIN or (guess.wrong <= labels.max() and guess.share >= _NEARLY)
        stands_out = guess.share >= _NEARLY and (1 - guess.share) * _APART <= 1 - modest
        if certain or stands_out:
            yield _finding(guess, target, int(labels.max()) + 1)


def _asked(evidence: Evidence) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Places of the rows that are looked at, shuffled, and their labels as numbers from 0."""
    labels = evidence.labels or []
    counts = Counter(labels)
    frequent = [label for label, count in counts.items() if label.strip() and count >= _OF_LABEL]
    known = {label: number for number, label in enumerate(frequent)}
    places = np.array([place for place, label in enumerate(labels) if label in known], dtype=np.int64)
    places = np.random.default_rng(0).permutation(places)[:_LOOKED_AT]
    return places, np.array([known[labels[place]] for place in places.tolist()], dtype=np.int64)


def _guess(evidence: Evidence, column: ColumnProfile, places: NDArray[np.int64], labels: NDArray[np.int64]) -> _Guess:
    cells = evidence.cells(column.name)
    chosen = [cells[place] for place in places.tolist()]
    values = numbers(chosen)
    best = _Guess(column)
    if meant_as_numbers(chosen, values):
        best = _Guess(column, *_right(values, labels, by_value=False))
    _, codes = np.unique(chosen, return_inverse=True)
    if codes.max() < len(codes) / 2:
        by_value = _Guess(column, *_right(codes.astype(float), labels, by_value=True), by_value=True)
        best = max(best, by_value, key=lambda guess: guess.share)
    return best


def _right(values: NDArray[np.float64], labels: NDArray[np.int64], *, by_value: bool) -> tuple[float, int]:
    """The mean share of each label's rows that others guess right, and how many of all are wrong; roughly, when it is
    hopeless."""
    if not by_value and len(labels) > _SCREENED:
        rough = _held_out(values[:_SCREENED], labels[:_SCREENED], by_value=by_value)
        if rough[0] < _HOPELESS:
            return rough
    return _held_out(values, labels, by_value=by_value)


def _held_out(values: NDArray[np.float64], labels: NDArray[np.int64], *, by_value: bool) -> tuple[float, int]:
    guessed = np.empty(len(labels), dtype=np.int64)
    folds = _folds(labels)
    for fold in range(_FOLDS):
        held = folds == fold
        tell = _most_frequent if by_value else _tree
        guessed[held] = tell(values[~held], labels[~held], values[held])
    right = guessed == labels
    counts = np.bincount(labels)
    shares = np.bincount(labels, weights=right)[counts > 0] / counts[counts > 0]
    return float(shares.mean()), int((~right).sum())


def _folds(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Each row's fold, so that every label is spread evenly; the rows come shuffled."""
    folds = np.empty(len(labels), dtype=np.int64)
    order = np.argsort(labels, kind="stable")
    folds[order] = np.arange(len(labels)) % _FOLDS
    return folds


def _tree(values: NDArray[np.float64], labels: NDArray[np.int64], asked: NDArray[np.float64]) -> NDArray[np.int64]:
    from sklearn.tree import DecisionTreeClassifier

    leaves = max(8, 3 * (int(labels.max()) + 1))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, min_samples_leaf=2, class_weight="balanced", random_state=0)
    tree.fit(values.reshape(-1, 1), labels)
    return np.asarray(tree.predict(asked.reshape(-1, 1)))


def _most_frequent(
    values: NDArray[np.float64], labels: NDArray[np.int64], asked: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The label that is most frequent with each value, in shares of the labels' rows; the largest for new values."""
    codes = values.astype(np.int64)
    size = max(int(codes.max()), int(asked.max())) + 1
    table = np.zeros((size, int(labels.max()) + 1))
    np.add.at(table, (codes, labels), 1.0)
    sums = table.sum(axis=0)
    table /= np.maximum(sums, 1)
    table[table.sum(axis=1) == 0] = sums
    return np.asarray(table[asked.astype(np.int64)].argmax(axis=1))


def _finding(guess: _Guess, target: str, labels: int) -> Finding:
    column = guess.column
    group = guess.by_value and column.distinct > max(20, 4 * labels)
    step = Step.model_validate({"step": "drop-columns", "columns": [column.name]})
    split = {"method": "group", "column": column.name}
    return Finding(
        kind="groups" if group else "leaking-columns",
        level="warning",
        text=GROUP if group else LEAK,
        values={"column": column.name, "target": target, "share": guess.share},
        count=1,
        column=column.name,
        fix=Fix(KEEP_TOGETHER, split=split) if group else Fix(FIX, step=step),
    )


def _following(evidence: Evidence, target: str, columns: list[ColumnProfile]) -> Iterator[Finding]:
    """Columns of numbers in whose order the answer's numbers are."""
    from scipy.stats import spearmanr

    answers = numbers(evidence.cells(target))
    level: Level = "warning"
    for column in columns:
        values = numbers(evidence.cells(column.name))
        both = ~np.isnan(values) & ~np.isnan(answers)
        if both.sum() < max(_ENOUGH, 0.9 * (~np.isnan(answers)).sum()) or len(np.unique(values[both])) < _ENOUGH / 2:
            continue
        correlation = float(spearmanr(values[both], answers[both]).statistic)
        if abs(correlation) >= _RANKS:
            yield Finding(
                kind="leaking-columns",
                level=level,
                text=NUMBER,
                values={"column": column.name, "target": target, "share": correlation},
                count=1,
                column=column.name,
                fix=Fix(FIX, step=Step.model_validate({"step": "drop-columns", "columns": [column.name]})),
            )
