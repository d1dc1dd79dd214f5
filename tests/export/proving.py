"""A model that tells its texts apart, and its exports made within the test's own process."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.torch import load_file, save_file

from workbench.artefacts import folders
from workbench.export import formats, proof
from workbench.export.proof import HeldOut
from workbench.export.receipt import Receipt
from workbench.serve.predictor import Predictor

TEXTS = [
    "Free prize, <b>call</b>  now",
    "see you at noon",
    "",
    "=1 win money",
    "win a free mobile, call to claim your prize now",
    "thanks love, see you later at home for dinner tonight",
    "urgent: text cash to claim",
    "ok",
    "the story of the film was good but the end was awful, and the actor not at all lovely, I hope to see the book",
    "it's a great room!",
]


def decisive(model: Path) -> Path:
    """Change the head so that half of the texts get each label, and that it is sure of it."""
    chances = Predictor(model).answers(pd.DataFrame({"message": TEXTS})).probabilities
    lead = np.log(chances[:, 0] / chances[:, 1])
    weights, times = load_file(model / "model.safetensors"), 20 / np.ptp(lead)
    weights["head.weight"] *= times
    weights["head.bias"] *= times
    weights["head.bias"][0] -= np.median(lead) * times
    save_file(weights, model / "model.safetensors", metadata={"format": "pt"})
    folders.write_manifest(model)
    return model


def held_out(model: Path, raw: pd.DataFrame, truth: pd.DataFrame) -> HeldOut:
    """The rows as the original read and answers them; ``truth`` has them under the names of roles."""
    return HeldOut("test", raw, pd.concat([truth, Predictor(model).predict(raw)], axis=1))


def made(model: Path, name: str, into: Path) -> Path:
    """The model in this format, in a folder of that name; not proven yet."""
    with folders.new_folder(into, name) as staged:
        formats.by_name(name).write(model, staged, lambda doing: None)
    return into / name


def proven(folder: Path, name: str, rows: HeldOut) -> Receipt:
    """The receipt of a folder, whatever it says."""
    return proof.prove(folder, name, rows, lambda share: None)


def changed(folder: Path, into: Path) -> Path:
    """A copy that a test may spoil."""
    return Path(shutil.copytree(folder, into))
