"""What was measured of a recipe on this machine, kept in the cache by content. Imports no torch: pages read it."""

import hashlib
import json
import platform
import uuid
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from workbench.artefacts.hub import HUB
from workbench.artefacts.room import make_room
from workbench.recipe import Recipe, Training
from workbench.settings import Settings
from workbench.training.estimate import Estimate

_FORMAT = 2  # a change of what is measured makes it one more
_MEASURED = {
    "batch_size",
    "precision",
    "max_length",
    "optimizer",
    "ema",
    "last_blocks",
    "lora_rank",
    "lora_targets",
    "activation_checkpointing",
}
_LIMIT = 5_000_000  # bytes: some ten thousand measurements


def measured_method(training: Training) -> str:
    """The method that is measured: "full" contains what "head" and "staged" do, others stand for themselves."""
    return "full" if training.method in ("head", "staged") else training.method


def key(recipe: Recipe, data_sha256: str, device: str) -> str:
    """A name for everything that the measurement depends on: not the epochs, the rate or the seed."""
    training = recipe.training.model_dump(include=_MEASURED)
    training["method"] = measured_method(recipe.training)
    parts = recipe.model_dump(mode="json", include={"task", "prepare", "split", "augment", "model"})
    columns = recipe.data.columns if recipe.data else {}
    measured_by = [_FORMAT, platform.node(), version("torch"), version("transformers")]
    content = [measured_by, device, data_sha256, columns, parts, _files(recipe), training]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _files(recipe: Recipe) -> list[tuple[str, int, int]]:
    """Of a model in a folder of the user's, which may change: names, bytes and times. Fetched models do not change."""
    if recipe.model is None or recipe.model.id.startswith(("starter/", HUB)):
        return []
    try:
        found = [(path.name, path.stat()) for path in sorted(Path(recipe.model.id).expanduser().iterdir())]
    except OSError:  # gone: nothing can be measured either
        return []
    return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in found]


def read(settings: Settings, name: str, recipe: Recipe) -> Estimate | None:
    """What was measured under this key, for the method and epochs of ``recipe``; None when nothing was."""
    try:
        found = Estimate.from_json(_place(settings, name).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return None
    training = recipe.training
    if training.epochs != "auto":
        return found.under(training.method, training.epochs)
    return replace(found, method=training.method)


def write(settings: Settings, name: str, measured: Estimate) -> None:
    """Keep a measurement: whole, or not at all."""
    place = _place(settings, name)
    place.parent.mkdir(parents=True, exist_ok=True)
    staged = place.with_name(f".{uuid.uuid4().hex}.part")
    staged.write_text(measured.to_json(), encoding="utf-8")
    staged.replace(place)
    make_room(place.parent, _LIMIT)


def _place(settings: Settings, name: str) -> Path:
    return settings.cache / "estimates" / f"{name}.json"
