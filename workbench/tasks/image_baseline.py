"""The simple thing that an image classifier must beat: tiny grey thumbnails and logistic regression, in seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.tasks.image_pixels import square
from workbench.tasks.protocol import LabelPredictions

SIDE = 16  # pixels
MOST_ROWS = 20_000  # more thumbnails hardly move it, and cost time


@dataclass(frozen=True, slots=True)
class Thumbnails:
    """Grey images of ``SIDE`` x ``SIDE`` pixels, standardised, then logistic regression."""

    pipeline: Any

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        labels = tuple(str(label) for label in self.pipeline.classes_)
        if rows.empty:
            return LabelPredictions(labels, np.empty((0, len(labels))))
        return LabelPredictions(labels, self.pipeline.predict_proba(_thumbnails(rows["image"].tolist())))


def fit(paths: Sequence[str], labels: Sequence[str]) -> Thumbnails:
    """Fit on training rows alone."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    step = -(-len(paths) // MOST_ROWS)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    pipeline.fit(_thumbnails(paths[::step]), list(labels[::step]))
    return Thumbnails(pipeline)


def _thumbnails(paths: Sequence[str]) -> NDArray[np.float32]:
    """(images, SIDE * SIDE) from 0 to 1."""
    pixels = np.stack([square(Path(path), SIDE, 1).reshape(-1) for path in paths])
    return pixels.astype(np.float32) / np.float32(255)
