"""Groups that grow out of pairs: what belongs together when a belongs to b, and b to c (union-find on whole arrays)."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def alone(count: int) -> Numbers:
    """The first member of each one's group, while everybody is alone."""
    return np.arange(count, dtype=np.int64)


def join(first: Numbers, left: Numbers, right: Numbers) -> None:
    """Unite the groups of ``left[i]`` and ``right[i]``, for every i; ``first`` is changed in place."""
    while True:
        a, b = first[left], first[right]
        if np.array_equal(a, b):
            return
        np.minimum.at(first, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(further := first[first], first):
            first[:] = further


def members(first: Numbers) -> list[list[int]]:
    """The groups of two and more, each in ascending order, the group with the smallest member first."""
    order = np.argsort(first, kind="stable")
    bounds = np.flatnonzero(np.diff(first[order])) + 1
    return [part.tolist() for part in np.split(order, bounds) if len(part) > 1]


def neighbours(keys: NDArray[np.uint64], then: NDArray[np.uint64], furthest: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Pairs of places with the same key: next neighbours, then those two apart, and so on up to ``furthest``.

    Places with one key are ordered by ``then``, so that those who agree in both are neighbours. Where no more than
    ``furthest`` + 1 places share a key, all their pairs are there.
    """
    order = np.lexsort((then, keys))
    ordered = keys[order]
    starts = np.arange(len(keys))
    for apart in range(1, min(furthest, len(keys) - 1) + 1):
        starts = starts[starts < len(keys) - apart]
        starts = starts[ordered[starts] == ordered[starts + apart]]
        if not len(starts):
            return
        yield order[starts], order[starts + apart]
