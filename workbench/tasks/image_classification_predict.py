"""Predict with this folder's model. requirements.txt names what it needs.

python predict.py photo.jpg another.png            images of any usual kind
python predict.py folder --out answers.csv         every image in a folder and in those below it
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on, with names
                                                   of files beside the table (UTF-8, cells set apart by commas)
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from image_model import Model  # type: ignore[import-not-found]  # the files beside this one
from image_pixels import pixels  # type: ignore[import-not-found]
from image_script import Reader, main  # type: ignore[import-not-found]
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
AT_ONCE = 32


class Classifier:
    """Image files in; for each the probability of every label out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.reader = Reader(folder)
        self.about = self.reader.about
        self.labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        self.model = Model(folder, self.about)

    def probabilities(self, files: Sequence[Path]) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, len(files), AT_ONCE):
            found += self.model.probabilities([self.image(file) for file in files[start : start + AT_ONCE]])
        return found

    def image(self, file: Path) -> NDArray[np.uint8]:
        """The image as the network takes it, (side, side, 3)."""
        found: NDArray[np.uint8] = pixels(self.reader.image(file).convert("RGB"), self.about["image_size"])
        return found

    def rows(self, files: Sequence[Path]) -> list[dict[str, object]]:
        """The most probable label of each image, its probability, and those of all labels."""
        answers = []
        for chances in self.probabilities(files):
            best = max(range(len(chances)), key=chances.__getitem__)
            each = {f"probability_{label}": chance for label, chance in zip(self.labels, chances, strict=True)}
            answers.append({"prediction": self.labels[best], "confidence": chances[best], **each})
        return answers


if __name__ == "__main__":
    classifier = Classifier()
    main(classifier.reader.column, classifier.rows, lambda row: f"{row['prediction']}\t{row['confidence']:.3f}")
