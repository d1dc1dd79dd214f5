"""Images that look the same: perceptual hashes propose pairs, small grey copies of the images decide.

The hash is ImageHash's pHash (64 bits: low frequencies of a 32 × 32 grey copy against their median). Hashes that differ
in at most ``DISTANCE`` bits agree in at least one of ``DISTANCE`` + 1 bands of them, so that no pair is overlooked.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.data import grouping

DISTANCE = 6  # of 64 bits
_SIDE = 16  # pixels of the small copy
_UNLIKE = 12.0  # mean difference of grey values (of 255) from which two small copies show different things
_FLAT = 4.0  # spread of grey values below which an image shows nothing that a hash could tell apart
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
        small.append(np.asarray(grey.resize((_SIDE, _SIDE), Image.Resampling.BOX)))
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
    then = found.hashes
    bounds = np.linspace(0, _BITS, distance + 2).astype(int).tolist()
    for start, stop in itertools.pairwise(bounds):
        band = (found.hashes >> np.uint64(start)) & np.uint64(2 ** (stop - start) - 1)
        for left, right in grouping.neighbours(band, then, _FURTHEST):
            near = np.bitwise_count(found.hashes[left] ^ found.hashes[right]) <= distance
            near &= first[left] != first[right]
            left, right = left[near], right[near]
            apart = np.abs(found.small[left].astype(np.int16) - found.small[right]).mean(axis=(1, 2))
            alike = apart <= np.where(flat[left] | flat[right], 0, _UNLIKE)
            grouping.join(first, left[alike], right[alike])
    return [[int(found.places[place]) for place in group] for group in grouping.members(first)]
