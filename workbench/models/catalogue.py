"""Which models there are, and where each one lies: starters, networks from scratch, fetched Hub models, folders."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.artefacts import folders, packs
from workbench.artefacts.hub import HUB
from workbench.errors import ArtefactError, ModelError
from workbench.models import folder as model_folder
from workbench.models import scratch, starters
from workbench.settings import Settings

_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)  # the Hub itself allows no "--" and ".."


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a person sees of a model before choosing it.

    ``id`` is what a recipe says; ``source`` is "starter", "scratch", "hub" or "folder"; ``bytes`` is its size on disk
    and ``parameters`` the number of its weights (0 where that is not known); ``present`` says that it is here;
    ``reads`` is "text" or "image".
    """

    id: str
    title: str
    description: str
    source: str
    languages: tuple[str, ...]
    licence: str
    parameters: int
    bytes: int
    present: bool
    attribution: str = ""
    reads: str = "text"


def starter_cards(settings: Settings) -> tuple[ModelCard, ...]:
    """One card a starter pack, fetched or not."""
    return tuple(_starter_card(settings, starter) for starter in starters.STARTERS)


def scratch_cards(task: str | None = None) -> tuple[ModelCard, ...]:
    """One card a network that begins without weights; with ``task`` those that it can use."""
    return tuple(_scratch_card(network) for network in scratch.NETWORKS if task is None or network.task in (None, task))


def hub_cards(settings: Settings) -> tuple[ModelCard, ...]:
    """One card a model that was fetched from the Hub."""
    return tuple(
        card
        for folder in sorted((settings.packs / "hub").glob("*"))
        if (card := _folder_card(f"{HUB}{folder.name.replace('--', '/', 1)}", folder)) is not None
    )


def card(settings: Settings, model_id: str) -> ModelCard:
    """The card of one model. Raises ModelError when it is not here, damaged or unsafe."""
    if starter := starters.by_id(model_id):
        return _starter_card(settings, starter)
    if network := scratch.by_id(model_id):
        return _scratch_card(network)
    folder = locate(settings, model_id, hashes=False)  # pages show it at every click; ``locate`` comes before training
    facts = model_folder.inspect(folder)
    found = _folder_card(model_id, folder)
    if found is None:
        raise _missing(model_id, folder)
    return replace(found, parameters=facts.parameters, reads=facts.reads)


def place(settings: Settings, model_id: str) -> Path:
    """The folder that ``model_id`` means, whether it exists or not. Raises ModelError for an unknown starter."""
    if starter := starters.by_id(model_id):
        return packs.place(settings, starter.pack)
    if network := scratch.by_id(model_id):
        return network.folder
    if model_id.startswith(("starter/", scratch.PREFIX)):
        known = ", ".join((*(one.pack.id for one in starters.STARTERS), *(one.id for one in scratch.NETWORKS)))
        raise ModelError("there is no such model", where=model_id, remedy=f"Choose one of: {known}.")
    if model_id.startswith(HUB):
        return hub_folder(settings, model_id)
    return Path(model_id).expanduser().absolute()


def hub_folder(settings: Settings, model_id: str) -> Path:
    """Where a Hub model lies once it was fetched; its name becomes exactly one folder below ``packs/hub``."""
    name = model_id.removeprefix(HUB)
    if not _HUB_NAME.fullmatch(name) or "--" in name or ".." in name:
        what = "this is not the name of a model on the Hub"
        raise ModelError(what, where=model_id, remedy="Write it as hub:owner/name.")
    return settings.packs / "hub" / name.replace("/", "--")


def locate(settings: Settings, model_id: str, *, hashes: bool = True) -> Path:
    """The folder of a model that is here and whole; nothing is fetched.

    Raises ModelError when it is missing, or when a file does not have the bytes and the SHA-256 that it had when
    it was fetched (case 61). Without ``hashes`` only the bytes are counted.
    """
    folder = place(settings, model_id)
    if not (folder / "config.json").is_file():
        raise _missing(model_id, folder)
    if (folder / folders.MANIFEST).is_file():
        try:
            folders.verify(folder, hashes=hashes)
        except ArtefactError as error:
            raise ModelError(
                error.what, where=error.where, remedy=f"Bring the model again: {_bring(model_id)}", code="MODEL-61"
            ) from None
    return folder


def _missing(model_id: str, folder: Path) -> ModelError:
    what = f"the model {model_id} is not here"
    return ModelError(what, where=str(folder), remedy=f"Bring it with: {_bring(model_id)}", code="MODEL-61")


def _bring(model_id: str) -> str:
    if model_id.startswith(("starter/", HUB)):
        return f"python -m workbench fetch {model_id}"
    return "a folder with config.json, tokenizer files and model.safetensors, by its full path."


def _starter_card(settings: Settings, starter: starters.Starter) -> ModelCard:
    return ModelCard(
        id=starter.pack.id,
        title=starter.title,
        description=starter.description,
        source="starter",
        languages=starter.languages,
        licence=starter.pack.licence,
        parameters=starter.parameters,
        bytes=starter.bytes,
        present=packs.present(settings, starter.pack),
        attribution=starter.pack.attribution,
        reads=starter.kind,
    )


def _scratch_card(network: scratch.Scratch) -> ModelCard:
    return ModelCard(
        id=network.id,
        title=network.title,
        description=network.description,
        source="scratch",
        languages=(),
        licence="yours",
        parameters=network.parameters,
        bytes=4 * network.parameters,
        present=True,
        reads=network.kind,
    )


def _folder_card(model_id: str, folder: Path) -> ModelCard | None:
    """A card from what lies in the folder: ``config.json`` and, for a Hub model, what was noted at its fetch."""
    config = _read(folder / "config.json")
    if config is None:
        return None
    about = _read(folder / packs.ABOUT) or {}
    hub = model_id.startswith(HUB)
    weights = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return ModelCard(
        id=model_id,
        title=model_id.removeprefix(HUB) if hub else folder.name,
        description=f"{config.get('model_type', 'unknown')} encoder" + ("" if hub else f" in {folder}"),
        source="hub" if hub else "folder",
        languages=tuple(about.get("languages", ())),
        licence=str(about.get("licence") or "unknown: ask whoever made it"),
        parameters=int(about.get("parameters") or weights // 4),
        bytes=folders.size(folder),
        present=True,
        attribution=str(about.get("attribution", "")),
        reads=model_folder.reads(str(config.get("model_type"))) or "text",
    )


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
