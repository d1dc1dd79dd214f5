"""The model as it was trained: safetensors, every digit kept."""

import shutil
from pathlib import Path

from workbench.artefacts import folders
from workbench.export.formats.format import About, Format, Tell


def _refused(source: Path, about: About) -> str:  # noqa: ARG001  (every model can be copied)
    return ""


def _write(source: Path, target: Path, tell: Tell) -> None:
    tell("copying")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(folders.MANIFEST), dirs_exist_ok=True)


FOLDER = Format(
    name="folder",
    title="As it was trained",
    good_for="Keeps every digit, and can be trained further. Needs PyTorch, or scikit-learn for quick models.",
    agreement=1.0,
    nearness=0.01,
    close=0.01,
    refused=_refused,
    write=_write,
)
