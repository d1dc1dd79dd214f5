"""Images that look the same: perceptual hashes propose pairs, small grey copies of the images decide.

The hash is ImageHash's pHash (64 bits: low frequencies of a 32 × 32 grey copy against their median). Hashes that differ
in at most ``DISTANCE`` bits agree in at least one of ``DISTANCE`` + 1 bands of them, so that no pair is overlooked.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.data.likeness import grouping
from workbench.data.likeness.grouping import Numbers

DISTANCE = 10  # of 64 bits
_SIDE = 16  # pixels of the small copy
_UNLIKE = 5.0  # mean difference of shades (of 255, around their mean): from it on two copies show different things
_FLAT = 2.0  # spread of grey values below which an image shows nothing that a hash could tell apart
_BITS = 64
_FURTHEST = 4096


@dataclass(frozen=True, slots=True)
class Prints:
    """What images are told apart by: ``hashes`` (one a readable image), ``small`` (grey copies, 16 × 16 bytes each)
    and ``places`` (which of the images that were asked for these are)."""

    hashes: NDArray[np.uint64]
    small: NDArray[np.uint8]
    places: NDArray[np.int64]


def prints(paths: Sequence[Path]) -> Prints:
    """The prints of the images at ``paths``; images that cannot be read are left out."""
    import imagehash
    from PIL import Image

    hashes, small, places = [], [], []
    for place, path in enumerate(paths):
        try:
            with Image.open(path) as image:
                image.draft("L", (4 * _SIDE, 4 * _SIDE))  # a JPEG is decoded no larger than needed
                grey = image.convert("L")
        except (OSError, ValueError, Image.DecompressionBombError):
            continue
        hashes.append(np.packbits(imagehash.phash(grey).hash).view(">u8")[0])
        small.append(np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)))
        places.append(place)
    shape = (len(places), _SIDE, _SIDE)
    return Prints(np.array(hashes, np.uint64), np.array(small, np.uint8).reshape(shape), np.array(places, np.int64))


def groups(found: Prints, distance: int = DISTANCE) -> list[list[int]]:
    """Places of images that look the same, at least two a group, in order.

    ``distance`` is the number of bits in which their hashes may differ. Flat images (a blank page) belong together
    only when their small copies are equal.
    """
    first = grouping.alone(len(found.hashes))
    flat = found.small.std(axis=(1, 2)) < _FLAT
    shades = found.small - found.small.mean(axis=(1, 2), keepdims=True, dtype=np.float32)
    bounds = np.linspace(0, _BITS, distance + 2).astype(int).tolist()
    for start, stop in itertools.pairwise(bounds):
        band = (found.hashes >> np.uint64(start)) & np.uint64(2 ** (stop - start) - 1)
        for left, right in _near(found.hashes, band, distance):
            apart = np.abs(shades[left] - shades[right]).mean(axis=(1, 2))
            even = flat[left] | flat[right]
            alike = np.where(even, (found.small[left] == found.small[right]).all(axis=(1, 2)), apart <= _UNLIKE)
            grouping.join(first, left[alike], right[alike])
    return [[int(found.places[place]) for place in group] for group in grouping.members(first)]


def _near(hashes: NDArray[np.uint64], band: NDArray[np.uint64], distance: int) -> Iterator[tuple[Numbers, Numbers]]:
    """Pairs with the same band and at most ``distance`` different bits.

    Sorted by band, those to compare lie next to each other: each look is at whole arrays in order, which is what makes
    comparing 100,000 images with all of a band take seconds.
    """
    order = np.lexsort((hashes, band))
    ordered, bands = hashes[order], band[order]
    for apart in range(1, min(_FURTHEST, len(order) - 1) + 1):
        same = bands[apart:] == bands[:-apart]
        if not same.any():
            return
        places = np.flatnonzero(same & (np.bitwise_count(ordered[apart:] ^ ordered[:-apart]) <= distance))
        if len(places):
            yield order[places], order[places + apart]
