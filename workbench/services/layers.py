"""The layers of a network that begins without weights, for the rows of a project: looked at once, then kept."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench import errands
from workbench.models import scratch
from workbench.models.layer import Layer
from workbench.recipe import Model, Recipe
from workbench.services import datasets, estimates
from workbench.store.session import Store

GREY = {"1", "I", "I;16", "L"}  # modes of files whose images have no colours
WITHOUT = ("table-blend",)  # kinds that are made of something else than layers
_MODULE = "workbench.networks.layers"


def has_layers(model_id: str) -> bool:
    """Whether the model is a network of ours that begins without weights."""
    known = scratch.by_id(model_id)
    return known is not None and _config(known)["model_type"] not in WITHOUT


def of(store: Store, recipe: Recipe, version_id: str, model: Model) -> tuple[Layer, ...]:
    """The layers of ``model`` for these rows, in the order in which a sample passes them.

    Raises RecipeError and DataError when the recipe or its data cannot be used.
    """
    known = scratch.by_id(model.id)
    assert known is not None
    usual = known.settings().model_dump() if known.settings else {}
    config = {**usual, **_config(known), **(model.settings or {})}
    request = json.dumps({"config": config, "data": _data(store, recipe, version_id, config)}, sort_keys=True).encode()
    kept = store.settings.cache / "layers" / f"{hashlib.sha256(request).hexdigest()[:32]}.json"
    if not kept.is_file():
        _look(store, model.id, request, kept)
    return tuple(
        Layer(**{**layer, "shape": tuple(layer["shape"]), "after": tuple(layer["after"])})
        for layer in json.loads(kept.read_text(encoding="utf-8"))
    )


def _look(store: Store, model_id: str, request: bytes, to: Path) -> None:
    """Have a process of its own look, since the web process has no torch; what it says is kept when it is whole."""
    limits, said = store.settings.limits, list[bytes]()
    errand = errands.Errand(
        _MODULE,
        "looking at the layers",
        model_id,
        "The network can be trained without a picture of it.",
        limits.reader_seconds,
        limits.reader_bytes,
    )
    errands.run(errand, request, said.append)
    to.parent.mkdir(parents=True, exist_ok=True)
    part = to.with_name(f".{to.name}.{uuid.uuid4().hex[:8]}")
    part.write_bytes(said[-1])
    part.replace(to)


def _config(known: scratch.Scratch) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((known.folder / "config.json").read_text(encoding="utf-8"))
    return content


def _data(store: Store, recipe: Recipe, version_id: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What of a network hangs on the rows."""
    profile = datasets.profile(store, version_id)
    roles = dict(recipe.data.columns) if recipe.data else {}
    label = profile.column(roles.get("label", roles.get("target", "")))
    labels = label.distinct if label is not None and label.kind != "number" else 1
    if profile.images is not None:
        chosen = config.get("image_size", "auto")
        side = estimates.plan(store, recipe, version_id)["image_size"].value if chosen == "auto" else chosen
        return {"side": side, "channels": 1 if set(profile.images.modes) <= GREY else 3}
    features = [column for column in profile.columns if column.name not in roles.values()]
    if recipe.data and recipe.data.features:
        features = [column for column in features if column.name in recipe.data.features]
    numbers = [column for column in features if column.kind == "number"]
    sizes = [column.distinct + 1 for column in features if column.kind == "category"]
    return {"numbers": len(numbers), "categories": sizes, "labels": labels}
