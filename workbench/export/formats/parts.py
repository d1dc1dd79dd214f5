"""What every format that changes the weights does with the other files of a model."""

import json
import shutil
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from workbench import tasks
from workbench.artefacts import folders

SETTINGS = "workbench.json"


def copy(source: Path, target: Path, without: Sequence[str]) -> None:
    """The files of ``source`` but those named ``without``, and its scripts as they are written today."""
    left = shutil.ignore_patterns(folders.MANIFEST, *without)
    shutil.copytree(source, target, ignore=left, dirs_exist_ok=True)
    for name, content in tasks.by_name(read(source)["task"]).export_files(source).items():
        (target / name).write_text(content, encoding="utf-8")


def describe(source: Path, target: Path, format: str, sentence: str, more: Mapping[str, Any] | None = None) -> None:
    """Say in workbench.json and in the card which format this is."""
    about = {**read(source), "format": format, **(more or {})}
    (target / SETTINGS).write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    card = (target / "README.md").read_text(encoding="utf-8") if (target / "README.md").is_file() else ""
    told = (
        f"{card}\n## Format\n\n{sentence} `receipt.json` tells what it was proven to answer, its size and its speed.\n"
    )
    (target / "README.md").write_text(told, encoding="utf-8")


def requirements(names: Sequence[str]) -> str:
    """Packages in the versions with which the model was written."""
    return "".join(f"{name}=={metadata.version(name).partition('+')[0]}\n" for name in names)


def read(folder: Path) -> dict[str, Any]:
    """What workbench.json says."""
    content: dict[str, Any] = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    return content
