"""The model folder: what a trained model saved, and everything that makes it usable and honest without the workbench.

model.safetensors  config.json  tokenizer files  labels.json     written by Fitted.save
workbench.json                                                   task, columns, and what Fitted.save put there
preparation.py  preparation.json  text_functions.py …            what is done to raw cells, standard library only
predict.py  requirements.txt                                     the task's own plain files
recipe.yaml  README.md                                           how it was made, how good it is, what it is for
"""

import json
from dataclasses import asdict
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from workbench import __version__, recipe
from workbench.data.profiles.profile import TableProfile
from workbench.export import fields
from workbench.export.card import About, card
from workbench.prepare.prepared import Prepared
from workbench.tasks.protocol import Fitted, Task

SETTINGS = "workbench.json"
PREPARATION = "preparation.json"
FUNCTIONS = (  # what preparation.json names; each of them needs nothing but the standard library, or Pillow
    ("workbench.export", "preparation.py"),
    ("workbench.export", "rows_file.py"),
    ("workbench.prepare", "text_functions.py"),
    ("workbench.prepare", "table_functions.py"),
    ("workbench.prepare", "image_functions.py"),
    ("workbench.data.profiles", "personal_data.py"),
)


def write(
    folder: Path,
    task: Task,
    made_by: recipe.Recipe,
    prepared: Prepared,
    fitted: Fitted,
    about: About,
    profile: TableProfile | None = None,
) -> None:
    """Fill ``folder`` (a staging folder of ``artefacts.folders``) with the whole model.

    ``profile`` is that of the table as it was imported: it says what a form for one row asks for. ``prepared`` tells
    what was done to the cells, and is done to new ones; steps that drop rows are left out, since a row that somebody
    asks about is always answered.
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
        "inputs": [role.name for role in roles if role.read],
        "target": next((role.name for role in roles if role.target), None),
        "features": list(prepared.features),
        "fields": fields.of_columns(profile, prepared.features) if profile else [],
    }
    _write(folder / SETTINGS, saved | about_folder)
    _write(folder / PREPARATION, [asdict(transform) for transform in prepared.transforms])
    for room, name in FUNCTIONS:
        (folder / name).write_text(resources.files(room).joinpath(name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "recipe.yaml").write_text(recipe.to_yaml(made_by), encoding="utf-8")
    (folder / "README.md").write_text(card(task, made_by, about), encoding="utf-8")
    (folder / "requirements.txt").write_text(requirements(task), encoding="utf-8")
    for name, content in task.export_files(folder).items():
        (folder / name).write_text(content, encoding="utf-8")


def requirements(task: Task) -> str:
    """The packages that ``predict.py`` needs, in the versions with which the model was made."""
    names = ("torch", "transformers", *(["pillow"] if any(role.kind == "image" for role in task.roles) else []))
    versions = ((name, metadata.version(name).partition("+")[0]) for name in names)
    return "".join(f"{name}=={version}\n" for name, version in versions)


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
