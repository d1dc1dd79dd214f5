"""Texts that are nearly the same: MinHash and banding propose pairs, the exact Jaccard similarity decides.

The method is Broder's ("On the resemblance and containment of documents", 1997): two texts are as alike as the sets of
their pieces (shingles) overlap, and the smallest hash of a set is a fair draw from it. Banding as in Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3. Written over numpy arrays because datasketch, for 100,000
short texts and the same recall, took 33 s and 830 MB (this: 8 s and 130 MB) and brings scipy into the web process.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.data.likeness import grouping
from workbench.data.likeness.grouping import Numbers

SIMILARITY = 0.65  # an edit or two in a short message; benchmarks/findings.py tells what it finds
_LENGTH, _UNSPACED_LENGTH = 4, 2  # characters of a shingle; the second where words are not set apart by spaces
_UNSPACED = np.array(  # first and last character: Thai to Burmese, Khmer, kana, Han (also compatibility and rare)
    [(0xE00, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]
)
_HASHES = 128
_MISSED = 0.005  # the probability with which a pair at the wanted similarity may be overlooked
_FURTHEST = 16  # in a band that many texts share, each is compared with so many others
_DOUBT = 0.15  # four standard deviations of a similarity estimated from 128 hashes
_AT_ONCE = 1 << 18  # shingles that are hashed together: they fit into the processor's cache
_COMPARED = 1 << 22  # shingles of pairs that are compared together
_SETS_APART, _PIECE = np.uint64(44), np.uint64(20)  # a number of a text or pair, and 44 bits of a shingle's hash

Hashes = NDArray[np.uint64]


def groups(texts: Sequence[str], similarity: float = SIMILARITY) -> list[list[int]]:
    """Places of texts that are nearly the same, at least two a group, in order; equal texts belong together too.

    ``similarity`` is the share of common shingles (Jaccard, 0.5 to 1) from which two texts count as nearly the same;
    case, width and white space make no difference. Blank texts belong to no group.
    """
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if form := normal(text):
            places.setdefault(form, []).append(place)
    forms = list(places)
    first = grouping.alone(len(texts))
    equal = [(same[0], other) for same in places.values() for other in same[1:]]
    if equal:
        pairs = np.array(equal)
        grouping.join(first, pairs[:, 0], pairs[:, 1])
    if similarity < 1 and len(forms) > 1:
        alike = _alike(forms, similarity)
        firsts = np.array([same[0] for same in places.values()])
        grouping.join(first, firsts, firsts[alike])
    return grouping.members(first)


def normal(text: str) -> str:
    """A text without what makes no difference: case, width, white space."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().replace("\0", " ").split())


def similarities(texts: Sequence[str], left: Numbers, right: Numbers) -> NDArray[np.float64]:
    """The exact Jaccard similarity of the texts at ``left[i]`` and ``right[i]``, all in normal form."""
    found = np.empty(len(left))
    sizes = np.array([len(text) for text in texts])
    ends = np.cumsum(sizes[left] + sizes[right])
    for part in _parts(ends, _COMPARED):
        chosen, places = np.unique(np.concatenate([left[part], right[part]]), return_inverse=True)
        sets = _sets([texts[place] for place in chosen.tolist()])
        found[part] = _jaccard(sets, *places.reshape(2, -1))
    return found


@dataclass(frozen=True, slots=True)
class _Sets:
    """Hashes of shingles, those of one text next to each other, sorted, each once; text i has starts[i]:starts[i+1]."""

    starts: Numbers
    hashes: Hashes


def _alike(texts: Sequence[str], similarity: float) -> Numbers:
    """For each of different texts the first of its group."""
    rows = _rows(similarity)
    bands = _HASHES // rows
    signatures = _signatures(texts, bands * rows)
    sizes = np.array([len(text) for text in texts])
    keys = [_hash(signatures[:, band * rows : (band + 1) * rows]) for band in range(bands)]
    first = grouping.alone(len(texts))
    for band in range(bands):
        for left, right in grouping.neighbours(keys[band], keys[(band + 1) % bands], _FURTHEST):
            hopeful = first[left] != first[right]
            left, right = left[hopeful], right[hopeful]
            short, long = np.sort([sizes[left], sizes[right]], axis=0)
            hopeful = short >= (similarity - _DOUBT) * long
            left, right = left[hopeful], right[hopeful]
            hopeful = _estimates(signatures, left, right) >= similarity - _DOUBT
            left, right = left[hopeful], right[hopeful]
            alike = similarities(texts, left, right) >= similarity
            grouping.join(first, left[alike], right[alike])
    return first


def _rows(similarity: float) -> int:
    """How many hashes must agree in a band: as many as leave hardly a pair at ``similarity`` without a common band."""
    enough = (rows for rows in range(10, 1, -1) if (1 - similarity**rows) ** (_HASHES // rows) <= _MISSED)
    return next(enough, 1)


def _signatures(texts: Sequence[str], count: int) -> NDArray[np.uint32]:
    """The smallest of each text's shingles under ``count`` hash functions (multiply, add, shift)."""
    chance = np.random.default_rng(1997)
    factors = chance.integers(1, 2**63, count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    addends = chance.integers(0, 2**63, count, dtype=np.uint64)
    found = np.empty((len(texts), count), np.uint32)
    ends = np.cumsum([len(text) for text in texts])
    for part in _parts(ends, _AT_ONCE):
        hashes, owners = _shingles(texts[part])
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        for place, (factor, addend) in enumerate(zip(factors, addends, strict=True)):
            drawn = (hashes * factor + addend) >> np.uint64(32)
            found[part, place] = np.minimum.reduceat(drawn, starts)
    return found


def _estimates(signatures: NDArray[np.uint32], left: Numbers, right: Numbers) -> NDArray[np.float64]:
    """The share of agreeing hashes, an unbiased estimate of the similarity."""
    found = np.empty(len(left))
    for start in range(0, len(left), _AT_ONCE >> 4):
        part = slice(start, start + (_AT_ONCE >> 4))
        found[part] = (signatures[left[part]] == signatures[right[part]]).mean(axis=1)
    return found


def _jaccard(sets: _Sets, left: Numbers, right: Numbers) -> NDArray[np.float64]:
    sizes = np.diff(sets.starts)
    both = np.concatenate([_of_pairs(sets, sizes, left), _of_pairs(sets, sizes, right)])
    both.sort()
    common = both[1:][both[1:] == both[:-1]] >> _SETS_APART
    shared = np.bincount(common.astype(np.int64), minlength=len(left))
    return np.asarray(shared / (sizes[left] + sizes[right] - shared))


def _of_pairs(sets: _Sets, sizes: Numbers, chosen: Numbers) -> Hashes:
    """The shingles of the chosen texts, each marked with the number of its pair."""
    lengths = sizes[chosen]
    pairs = np.repeat(np.arange(len(chosen)), lengths)
    within = np.arange(len(pairs)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.asarray((pairs.astype(np.uint64) << _SETS_APART) | sets.hashes[sets.starts[chosen][pairs] + within])


def _sets(texts: Sequence[str]) -> _Sets:
    hashes, owners = _shingles(texts)
    marked = np.unique((owners.astype(np.uint64) << _SETS_APART) | (hashes >> _PIECE))
    starts = np.searchsorted(marked, np.arange(len(texts) + 1, dtype=np.uint64) << _SETS_APART)
    return _Sets(starts, marked & ((np.uint64(1) << _SETS_APART) - np.uint64(1)))


def _shingles(texts: Sequence[str]) -> tuple[Hashes, Numbers]:
    """The hash of the shingle that begins at each character of each text, and the place of its text."""
    blank = "\0" * (_LENGTH - 1)
    joined = "".join(text + blank for text in texts) + blank
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    owners = np.repeat(np.arange(len(texts)), [len(text) + len(blank) for text in texts])
    begins = np.flatnonzero(codes[: len(owners)])
    windows = np.lib.stride_tricks.sliding_window_view(codes, _LENGTH)[begins]
    unspaced = np.searchsorted(_UNSPACED.ravel(), codes[begins], side="right") % 2 == 1
    unspaced |= np.isin(codes[begins], _UNSPACED[:, 1])
    windows[unspaced, _UNSPACED_LENGTH:] = 0
    return _hash(windows), owners[begins]


def _hash(numbers: NDArray[np.uint32]) -> Hashes:
    """One well-mixed hash a row (a polynomial, finished as in Steele, Lea and Flood's SplitMix64)."""
    hashes = np.zeros(len(numbers), np.uint64)
    for column in numbers.T:
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + column
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        hashes = (hashes ^ (hashes >> np.uint64(shift))) * np.uint64(factor)
    return np.asarray(hashes ^ (hashes >> np.uint64(31)))


def _parts(ends: Numbers, size: int) -> Iterator[slice]:
    """Slices of about ``size``, where ``ends`` says how much there is up to and with each."""
    start, before = 0, 0
    while start < len(ends):
        stop = max(start + 1, int(np.searchsorted(ends, before + size, side="right")))
        yield slice(start, stop)
        start, before = stop, int(ends[stop - 1])
