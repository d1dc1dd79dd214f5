"""What a network that learns texts from nothing is made of, and what every "auto" becomes for it. Imports no torch."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.data.profiles import language
from workbench.errors import ModelError
from workbench.models import folder as model_folder
from workbench.models import scratch
from workbench.networks import vocabulary
from workbench.recipe import Training
from workbench.training import text_rules
from workbench.training.machine import Machine
from workbench.training.rules import Fact

KIND = "text-network"
UNSPACED = {"zh": "Chinese", "ja": "Japanese", "th": "Thai"}  # languages that set no spaces between words
LOOKED_AT = 5_000  # texts whose length tells that of all


class Settings(BaseModel):
    """What the network is made of: ``layers`` of the kind ``body``, each of ``width`` numbers, and whether it reads
    words or characters; ``dropout`` is the share of its numbers that it does without, by chance, while it learns."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    body: Literal["lstm", "gru", "transformer"] = "lstm"
    tokens: Literal["auto", "words", "characters"] = "auto"
    layers: int = Field(default=1, ge=1, le=8)
    width: int = Field(default=128, ge=32, le=1024, multiple_of=32)
    dropout: float = Field(default=0.3, ge=0, le=0.9)


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
        body=found.body,
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
    return folder if _read(folder / "config.json").get("model_type") == KIND else None


def settings(model: Path) -> Settings:
    """What ``config.json`` in the folder ``model`` says; what it leaves out has the values of ``Settings``.

    Raises ModelError when it says something else, or the folder holds a network that has learned already.
    """
    path = model / "config.json"
    if (model / model_folder.WEIGHTS).is_file():
        what = "this network has learned the words of other rows, and training would begin anew"
        raise ModelError(
            what, where=str(model), remedy="Choose 'scratch/lstm', 'scratch/gru' or 'scratch/transformer'."
        )
    content = {key: value for key, value in _read(path).items() if key != "model_type"}
    try:
        return Settings(**content)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        key = ".".join(map(str, found["loc"])) or "config.json"
        remedy = "Say body (lstm, gru, transformer), tokens (auto, words, characters), layers, width, dropout."
        raise ModelError(f"{key}: {found['msg']} (given: {found['input']!r})", where=str(path), remedy=remedy) from None


def kind_of_tokens(settings: Settings, texts: Sequence[str]) -> Fact:
    """Whether words or characters of these texts are read, and why."""
    if settings.tokens != "auto":
        return Fact(settings.tokens, f"The description of the model asks for {settings.tokens}.")
    name = UNSPACED.get(language.guess(texts))
    if name:
        return Fact("characters", f"Your texts seem to be {name}, which sets no spaces between words.")
    return Fact("words", "Your texts set their words apart by spaces.")


def _read(path: Path) -> dict[str, Any]:
    """The JSON object in a file; an empty one where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
