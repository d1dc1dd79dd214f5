"""What a network that learns texts from nothing is made of, and what every "auto" becomes for it. Imports no torch."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.data.profiles import language
from workbench.models import scratch
from workbench.networks import vocabulary
from workbench.recipe import Training
from workbench.training import text_rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

KIND = "text-network"
UNSPACED = {"zh": "Chinese", "ja": "Japanese", "th": "Thai"}  # languages that set no spaces between words
LOOKED_AT = 5_000  # texts whose length tells that of all


def choose(
    training: Training, texts: Sequence[str], model: Path, device: str, machine: Machine | None = None
) -> Mapping[str, Fact]:
    """Every training key with its value and reason, for these training texts."""
    found = settings(model)
    tokens = kind_of_tokens(found, texts)
    some = texts[:: max(1, len(texts) // LOOKED_AT)]
    lengths = [sum(1 for _ in vocabulary.split(text, tokens.value)) for text in some]
    facts = text_rules.choose(
        training,
        rows=len(texts),
        lengths=lengths,
        tokens=tokens.value,
        body=found["body"],
        device=device,
        machine=machine,
    )
    return {**facts, "tokens": tokens}


def folder_of(model: str | None) -> Path | None:
    """The folder that describes the model with this id, if it is a network that learns texts from nothing."""
    if not model:
        return None
    known = scratch.by_id(model)
    folder = known.folder if known else Path(model).expanduser()
    own = (folder / "config.json").is_file() and settings(folder).get("model_type") == KIND
    return folder if own else None


def settings(model: Path) -> dict[str, Any]:
    """What ``config.json`` in the folder ``model`` says."""
    content: dict[str, Any] = json.loads((model / "config.json").read_text(encoding="utf-8"))
    return content


def kind_of_tokens(settings: Mapping[str, Any], texts: Sequence[str]) -> Fact:
    """Whether words or characters of these texts are read, and why."""
    if settings["tokens"] != "auto":
        return Fact(settings["tokens"], "The model is made for them.")
    name = UNSPACED.get(language.guess(texts))
    if name:
        return Fact("characters", f"Your texts seem to be {name}, which sets no spaces between words.")
    return Fact("words", "Your texts set their words apart by spaces.")
