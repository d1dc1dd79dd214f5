"""A network in model.onnx, run by onnxruntime. Exported models carry this file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as kinds

MODEL = "model.onnx"
UNREADABLE = (  # which have no class of their own in common
    kinds.Fail,
    kinds.InvalidArgument,
    kinds.InvalidGraph,
    kinds.InvalidProtobuf,
    kinds.NoSuchFile,
    kinds.NotImplemented,
    kinds.RuntimeException,
)


class Session:
    """The network of a folder: arrays in, in the order in which it takes them, and one array out.

    Raises ValueError when the file cannot be read.
    """

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # its warnings tell of savings that it could not make
        options.add_session_config_entry(
            "session.intra_op.allow_spinning", "0"
        )  # waiting threads leave cores to others
        try:
            file, cores = str(folder / MODEL), ["CPUExecutionProvider"]
            self._session = onnxruntime.InferenceSession(file, options, providers=cores)
        except UNREADABLE as error:
            raise ValueError(str(error)) from error
        self._names = [given.name for given in self._session.get_inputs()]

    def run(self, *given: NDArray[Any]) -> NDArray[Any]:
        """What the network makes of them. An input that it does not use was left out when it was written."""
        named = dict(zip(("first", "second"), given, strict=False))
        (made,) = self._session.run(None, {name: named[name] for name in self._names})
        found: NDArray[Any] = made
        return found


def probabilities(scores: NDArray[Any]) -> NDArray[np.float64]:
    """Scores (rows, labels) as chances that add up to 1 a row."""
    powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return chances


def padded(rows: Sequence[Sequence[int]], padding: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of words (rows, longest), and 1 where there is one."""
    ids = np.full((len(rows), max(map(len, rows))), padding, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, numbers in enumerate(rows):
        ids[row, : len(numbers)] = numbers
        mask[row, : len(numbers)] = 1
    return ids, mask
