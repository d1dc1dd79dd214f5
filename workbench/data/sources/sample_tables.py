"""Makes the tables of samples out of what their packs and libraries hold; runs in a process of its own.

python -m workbench.data.sources.sample_tables NAME FROM INTO    (a folder of files to read, and an empty one to write)
"""

import csv
import gzip
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TABLE = "table.csv"
_MOST = 50_000_000  # bytes that a packed file may unpack to

Rows = Iterable[list[str]]  # the first names the columns


def main(arguments: list[str]) -> int:
    """Write the table of a sample as ``INTO/table.csv``."""
    name, source, into = arguments
    with (Path(into) / TABLE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(MAKERS[name](Path(source)))
    return 0


def reviews(folder: Path) -> Iterator[list[str]]:
    """Two files of sentences, one a label."""
    yield ["text", "label"]
    for label in ("positive", "negative"):
        with (folder / f"{label}.txt").open(encoding="utf-8") as file:
            yield from ([line.strip(), label] for line in file if line.strip())


def penguins(folder: Path) -> Iterator[list[str]]:
    """The table, with nothing where R wrote NA."""
    with (folder / "penguins.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            yield ["" if cell == "NA" else cell for cell in row]


def packed(folder: Path) -> Iterator[list[str]]:
    """The only table of the pack, unpacked. Raises ValueError when it is larger than a sample."""
    (path,) = folder.glob("*.csv.gz")
    with gzip.open(path) as file:
        text = file.read(_MOST + 1)
    if len(text) > _MOST:
        raise ValueError(f"{path.name} unpacks to more than {_MOST:,} bytes")
    yield from csv.reader(text.decode("utf-8").splitlines())


def iris(_folder: Path) -> Rows:
    """scikit-learn's table of Fisher's irises."""
    from sklearn.datasets import load_iris

    found = load_iris(as_frame=True)
    return _labelled(found.frame, "species", found.target_names)


def wine(_folder: Path) -> Rows:
    """scikit-learn's table of wines."""
    from sklearn.datasets import load_wine

    found = load_wine(as_frame=True)
    return _labelled(found.frame, "cultivar", [name.removeprefix("class_") for name in found.target_names])


def breast_cancer(_folder: Path) -> Rows:
    """scikit-learn's table of cell nuclei."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer(as_frame=True)
    return _labelled(found.frame, "diagnosis", found.target_names)


def diabetes(_folder: Path) -> Rows:
    """scikit-learn's table of patients, in the units in which it was measured."""
    from sklearn.datasets import load_diabetes

    frame = load_diabetes(as_frame=True, scaled=False).frame
    return _written(frame.rename(columns={"target": "progression"}))


def _labelled(frame: "pd.DataFrame", label: str, names: Iterable[str]) -> Rows:
    """The table with the classes' names instead of their numbers."""
    classes = dict(enumerate(map(str, names)))
    return _written(frame.assign(target=frame["target"].map(classes)).rename(columns={"target": label}))


def _written(frame: "pd.DataFrame") -> Rows:
    return [list(map(str, frame.columns)), *([str(cell) for cell in row] for row in frame.itertuples(index=False))]


MAKERS: dict[str, Callable[[Path], Rows]] = {
    "reviews": reviews,
    "penguins": penguins,
    "packed": packed,
    "iris": iris,
    "wine": wine,
    "breast-cancer": breast_cancer,
    "diabetes": diabetes,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
