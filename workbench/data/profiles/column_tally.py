"""What is counted of one column while its cells pass by, batch after batch."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from workbench.data.profiles.histogram import Lengths, Spread

_FEW = 20_000  # so many distinct values are counted each
_EXAMPLES = 5
_SAMPLE = 200
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"
_CODE = r"^[+-]?0\d|^[+-]?\d{16,}$|[eE][+-]?\d{3}$"  # digits that a number type would change: 00501, 23 digits, 1e400
_IDENTIFIER = r"^[A-Za-z0-9_.:/-]*\d[A-Za-z0-9_.:/-]*$"


class ColumnTally:
    """Counts of a column's cells; one that holds nothing but white space is missing.

    Values are counted each as long as they are few; then they are only told apart (by hash), in ``exact`` cells.
    """

    def __init__(self, exact: int) -> None:
        self.cells = 0
        self.filled = 0
        self.characters = 0
        self.longest = 0
        self.lengths = Lengths()
        self.examples: list[str] = []
        self.sample: list[str] = []
        self.counts: dict[str, int] | None = {}
        self.looks = Looks()
        self._exact = exact
        self._counted = 0
        self._hashes: list[NDArray[np.int64]] = []
        self._unsorted = 0

    def add(self, column: pa.Array) -> None:
        """Count some more cells, all strings."""
        self.cells += len(column)
        blank = pc.or_(pc.equal(pc.binary_length(column), 0), pc.utf8_is_space(column))
        if blank.true_count:
            column = column.filter(pc.invert(blank))
        if not len(column):
            return
        lengths = pc.utf8_length(column).to_numpy()
        self.filled += len(column)
        self.characters += int(lengths.sum(dtype=np.int64))
        self.longest = max(self.longest, int(lengths.max()))
        self.lengths.add(lengths)
        self._remember(column)
        if self.counts is None:
            self._tell_apart(column)
        else:
            self._count(column, self.counts)

    def finish(self) -> None:
        """Look at the values that were counted each."""
        if self.counts:
            self._look_at(self.counts)

    @property
    def distinct(self) -> int:
        """Different values, at least."""
        return len(self.counts) if self.counts is not None else len(self._sorted())

    @property
    def told_apart(self) -> int:
        """The cells among which ``distinct`` was counted."""
        return self.filled if self.counts is not None else self._counted

    def _remember(self, column: pa.Array) -> None:
        if len(self.sample) < _SAMPLE:
            self.sample += column[: _SAMPLE - len(self.sample)].to_pylist()
        if len(self.examples) < _EXAMPLES and self.counts is not None:
            known = dict.fromkeys([*self.examples, *column.unique()[: 2 * _EXAMPLES].to_pylist()])
            self.examples = list(known)[:_EXAMPLES]

    def _count(self, column: pa.Array, counts: dict[str, int]) -> None:
        found = column.value_counts()
        if len(found) <= _FEW:
            for value, count in zip(found.field(0).to_pylist(), found.field(1).to_pylist(), strict=True):
                counts[value] = counts.get(value, 0) + count
            if len(counts) <= _FEW:
                return
            self.counts = None
            self._look_at(counts)
            self._counted = self.filled
            self._add_hashes(pa.array(list(counts), pa.string()))
        else:
            self.counts = None
            self._look_at(counts)
            self._counted = self.filled - len(column)
            self._add_hashes(pa.array(list(counts), pa.string()))
            self._tell_apart(column)

    def _tell_apart(self, column: pa.Array) -> None:
        self.looks.add(column)
        if self._counted < self._exact:
            some = column[: self._exact - self._counted]
            self._counted += len(some)
            self._add_hashes(some)

    def _look_at(self, counts: dict[str, int]) -> None:
        if counts:
            weights = np.fromiter(counts.values(), np.int64, len(counts))
            self.looks.add(pa.array(list(counts), pa.string()), weights)

    def _add_hashes(self, values: pa.Array) -> None:
        contents = values.cast(pa.binary()).to_pylist()  # made and hashed several times as fast as texts
        self._hashes.append(np.fromiter(map(hash, contents), np.int64, len(contents)))
        self._unsorted += len(values)
        if self._unsorted > len(self._hashes[0]):
            self._sorted()

    def _sorted(self) -> NDArray[np.int64]:
        if self._unsorted:
            hashes = np.sort(np.concatenate(self._hashes))  # several times as fast as numpy.unique
            self._hashes = [hashes[np.append(True, hashes[1:] != hashes[:-1])]]
            self._unsorted = 0
        return self._hashes[0]


class Looks:
    """What values look like: numbers, digits that only look like numbers, identifiers."""

    def __init__(self) -> None:
        self.cells = 0
        self.numbers = 0
        self.whole = True
        self.code = ""
        self.other = ""
        self.identifiers = True
        self.spread = Spread()

    @property
    def all_numbers(self) -> bool:
        """Is every cell a number that a number type would not change?"""
        return self.numbers == self.cells and not self.code

    def add(self, values: pa.Array, weights: NDArray[np.int64] | None = None) -> None:
        """Look at values, each as often as its weight says."""
        self.cells += len(values) if weights is None else int(weights.sum())
        if self.identifiers:
            self.identifiers = bool(pc.all(pc.match_substring_regex(values, _IDENTIFIER)).as_py())
        numeric = pc.match_substring_regex(values, _NUMBER)
        found = numeric.true_count
        if found < len(values) and not self.other:
            self.other = values[pc.index(numeric, False).as_py()].as_py()
        if not found:
            return
        self.numbers += found if weights is None else int(weights[numeric.to_numpy(zero_copy_only=False)].sum())
        numbers = values if found == len(values) else values.filter(numeric)
        if not self.code:
            codes = numbers.filter(pc.match_substring_regex(numbers, _CODE))
            self.code = codes[0].as_py() if len(codes) else ""
        if self.whole:
            self.whole = not pc.any(pc.match_substring_regex(numbers, "[.eE]")).as_py()
        if self.all_numbers:
            self.spread.add(pc.cast(numbers, pa.float64()).to_numpy(), weights)
