"""Makes the images of samples that come as arrays; runs in a process of its own, which may be limited and may die.

python -m workbench.data.sources.sample_images NAME FROM INTO    (a folder of files to read, and an empty one to write)
"""

import gzip
import pickletools  # nosec B403 # lists the opcodes of a pickle, and runs none
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ANIMALS = ("bear", "bird", "cat", "cow", "dog", "elephant", "giraffe", "horse", "sheep", "zebra")
_SIDE = 28  # pixels of an animal's image
_MOST = 50_000_000  # bytes that a file of arrays may unpack to

Images = Iterator[tuple[str, "NDArray[np.uint8]"]]  # each image's class, and its pixels


def main(arguments: list[str]) -> int:
    """Write the images of a sample as ``INTO/<class>/<number>.png``."""
    name, source, into = arguments
    write(MAKERS[name](Path(source)), Path(into))
    return 0


def write(images: Images, into: Path) -> None:
    """One PNG for each image, in the folder of its class."""
    from PIL import Image

    for number, (label, pixels) in enumerate(images):
        folder = into / label
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{number:05}.png")


def animals(folder: Path) -> Images:
    """White animals on black, 28 x 28. Raises DataError when the files are not what they were."""
    import numpy as np

    pixels = np.frombuffer(array_in(folder / "animals.gz"), np.uint8)
    labels = np.frombuffer(array_in(folder / "labels.gz"), "<i8")
    if pixels.size != labels.size * _SIDE**2 or not np.isin(labels, range(len(_ANIMALS))).all():
        raise _changed(folder)
    for label, image in zip(labels, pixels.reshape(-1, _SIDE, _SIDE), strict=True):
        yield _ANIMALS[label], image


def digits(_folder: Path) -> Images:
    """Handwritten digits of scikit-learn, 8 x 8 pixels of 17 levels of grey."""
    import numpy as np
    from sklearn.datasets import load_digits

    found = load_digits()
    for label, image in zip(found.target, found.images, strict=True):
        yield str(label), np.rint(image * (255 / 16)).astype(np.uint8)


def array_in(path: Path) -> bytes:
    """The bytes of the one array in a gzipped pickle.

    A pickle is a program; this one is not run. Its instructions are listed, and the longest string of bytes among
    them is the array. Raises DataError when there is none.
    """
    with gzip.open(path) as file:
        content = file.read(_MOST)
    try:
        found = [argument for _, argument, _ in pickletools.genops(content) if isinstance(argument, bytes)]
    except ValueError:
        found = []
    if not found:
        raise _changed(path)
    return max(found, key=len)


def _changed(path: Path) -> DataError:
    return DataError(
        "the sample's files do not hold the arrays that they did",
        where=str(path),
        remedy="Delete its folder in the store's folder 'packs', and fetch it again.",
        code="DATA-02",
    )


MAKERS: dict[str, Callable[[Path], Images]] = {"animals": animals, "digits": digits}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
