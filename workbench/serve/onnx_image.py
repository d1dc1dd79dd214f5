"""A network in model.onnx that tells images apart. Exported models carry this file: onnxruntime and numpy."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.serve.onnx_session import Session, probabilities


class Model:
    """Pixels in; for each image the probability of every label out."""

    def __init__(self, folder: Path, about: Mapping[str, Any]) -> None:  # noqa: ARG002  (as all models are made)
        self.session = Session(folder)

    def probabilities(self, images: list[NDArray[np.uint8]]) -> list[list[float]]:
        """Of images of 8 bits and three colours, each (side, side, 3)."""
        found: list[list[float]] = probabilities(self.session.run(np.stack(images))).tolist()
        return found
