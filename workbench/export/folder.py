"""The model folder: what a trained model saved, and everything that makes it usable and honest without the workbench.

model.safetensors  config.json  tokenizer files  labels.json     written by Fitted.save
workbench.json                                                   task, columns, and what Fitted.save put there
preparation.py  preparation.json                                 what is done to a raw text, standard library only
predict.py  requirements.txt                                     the task's own plain files
recipe.yaml  README.md                                           how it was made, how good it is, what it is for
"""

import json
from collections.abc import Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from workbench import __version__, recipe
from workbench.export.card import About, card
from workbench.prepare.catalogue import portable
from workbench.prepare.step import PrepareStep
from workbench.tasks.protocol import Fitted, Task

SETTINGS = "workbench.json"
PREPARATION = "preparation.json"


def write(
    folder: Path, task: Task, made_by: recipe.Recipe, steps: Sequence[PrepareStep], fitted: Fitted, about: About
) -> None:
    """Fill ``folder`` (a staging folder of ``artefacts.folders``) with the whole model.

    ``steps`` are the recipe's preparation steps with their settings; those that drop rows are left out, since a row
    that somebody asks about is always answered.
    """
    fitted.save(folder)
    saved = _read(folder / SETTINGS)
    columns = dict(made_by.data.columns) if made_by.data else {}
    roles = [role for role in task.roles if role.name in columns]
    about_folder = {
        "version": 1,
        "workbench": __version__,
        "task": task.name,
        "columns": columns,
        "inputs": [role.name for role in roles if not role.target],
        "target": next((role.name for role in roles if role.target), None),
    }
    _write(folder / SETTINGS, saved | about_folder)
    _write(folder / PREPARATION, portable(steps))
    functions = resources.files("workbench.prepare").joinpath("text_functions.py").read_text(encoding="utf-8")
    (folder / "preparation.py").write_text(functions, encoding="utf-8")
    (folder / "recipe.yaml").write_text(recipe.to_yaml(made_by), encoding="utf-8")
    (folder / "README.md").write_text(card(task, made_by, about), encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements(), encoding="utf-8")
    for name, content in task.export_files().items():
        (folder / name).write_text(content, encoding="utf-8")


def requirements() -> str:
    """The two packages that ``predict.py`` needs, in the versions with which the model was made."""
    versions = ((name, metadata.version(name).partition("+")[0]) for name in ("torch", "transformers"))
    return "".join(f"{name}=={version}\n" for name, version in versions)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
