"""Which samples form a batch, and in which order: a pure function of lengths, batch size, seed and epoch."""

from collections.abc import Sequence

import numpy as np

POOL = 50  # batches that are sorted by length together: enough to save padding, few enough to keep chance


def order(lengths: Sequence[int], batch_size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Every sample once, in batches of similar length, in random order.

    Shuffled samples are cut into pools, each pool is sorted by length and cut into batches, and the batches are
    shuffled. Nothing but the arguments enters, so a resumed run sees the same batches. Only one batch may be smaller.
    """
    draw = np.random.default_rng([seed, epoch])
    samples = draw.permutation(len(lengths))
    size = np.asarray(lengths)
    batches: list[list[int]] = []
    for start in range(0, len(samples), POOL * batch_size):
        pool = samples[start : start + POOL * batch_size]
        pool = pool[np.argsort(size[pool], kind="stable")]
        batches += [pool[at : at + batch_size].tolist() for at in range(0, len(pool), batch_size)]
    return [batches[position] for position in draw.permutation(len(batches))]


def parts(batch: list[int], lengths: Sequence[int], tokens: int | None, halvings: int = 0) -> list[list[int]]:
    """The batch cut into parts of about equal size that hold at most ``tokens`` tokens each, or one sample.

    A part counts as its longest sample times its samples; rounding lengths up to a multiple comes on top. ``halvings``
    says how often memory has run out: each time, half as many samples are computed at once.
    """
    most = len(batch) if tokens is None else min(len(batch), tokens // max(lengths[row] for row in batch))
    most = max(1, most >> halvings)
    count = -(-len(batch) // most)
    size = -(-len(batch) // count)
    return [batch[at : at + size] for at in range(0, len(batch), size)]


def in_order_of_length(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """Every sample once, longest first, for work without learning: the first batch needs the most memory."""
    samples = np.argsort(-np.asarray(lengths), kind="stable")
    return [samples[at : at + batch_size].tolist() for at in range(0, len(samples), batch_size)]


def padded(length: int, *, multiple: int, limit: int) -> int:
    """``length`` rounded up to a multiple, but no more than ``limit``: few shapes keep memory small."""
    return min(limit, -(-length // multiple) * multiple)
