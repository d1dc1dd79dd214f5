"""Encoders of texts in folders: how a pretrained one comes under a new layer, and how a trained one is kept."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import ModelError, TrainingError
from workbench.tasks import head_problem
from workbench.tasks.protocol import LearnerContext

if TYPE_CHECKING:
    import torch

LABELS = "labels.json"
Build = Callable[["torch.nn.Module", int, Sequence[str]], "torch.nn.Module"]  # of encoder, its width, and labels


@dataclass(frozen=True, slots=True)
class Kept:
    """A trained model as ``load`` finds it; ``about`` has what its ``workbench.json`` says of the asked keys."""

    network: Any
    tokenizer: Any
    labels: tuple[str, ...]
    about: Mapping[str, Any]

    @property
    def max_length(self) -> int:
        """How many word pieces it reads at once."""
        return int(self.about["max_length"])


def chosen(context: LearnerContext) -> Path:
    """The folder of the model that was chosen. Raises TrainingError when there is none."""
    if context.model is None:
        raise TrainingError("no model was chosen", remedy="Choose a pretrained model on the Model page.")
    return context.model


def begin(context: LearnerContext, labels: Sequence[str], build: Build) -> tuple[Any, Any, int]:
    """The pretrained encoder within the network that ``build`` makes, its tokenizer, and how many word pieces it reads
    at once: the plan's, or its own limit. Raises TrainingError and ModelError."""
    from workbench.models import folder as model_folder
    from workbench.networks.text_encoder import load_encoder, longest
    from workbench.networks.tokens import load_tokenizer

    model, plan = chosen(context), context.plan
    model_folder.check(model, "text")
    tokenizer = load_tokenizer(model)
    encoder, config = load_encoder(model, plan.device)
    network = build(encoder, _width(config), labels).to(plan.device)
    return network, tokenizer, min(plan.max_length, longest(config, tokenizer))


def save(
    folder: Path, network: Any, tokenizer: Any, about: Mapping[str, Any], labels: Sequence[str] | None = None
) -> None:
    """Write what ``load`` reads: weights, configuration, tokenizer, ``about`` as ``workbench.json``, and labels where
    there are any. ``about`` has to have ``max_length``."""
    from safetensors.torch import save_file

    from workbench.networks.text_encoder import original_config
    from workbench.networks.word_embeddings import whole_state

    save_file(whole_state(network), folder / "model.safetensors", metadata={"format": "pt"})
    original_config(network.encoder).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    _write(folder / "workbench.json", dict(about))
    if labels is not None:
        _write(folder / LABELS, list(labels))


def load(folder: Path, device: str, build: Build, keys: Sequence[str] = ()) -> Kept:
    """What ``save`` wrote, ready to predict; ``keys`` of its ``about`` are asked for beside ``max_length``.

    Raises ModelError when a part is missing or does not fit.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from workbench.models import folder as model_folder
    from workbench.networks.text_encoder import empty_encoder
    from workbench.networks.tokens import load_tokenizer

    model_folder.check(folder, "text")  # an imported or copied folder may say anything
    try:
        labels = tuple(_read(folder / LABELS)) if (folder / LABELS).is_file() else ()
        said = _read(folder / "workbench.json")
        about = {key: said[key] for key in keys} | {"max_length": int(said["max_length"])}
        encoder, config = empty_encoder(folder, device)
        network = build(encoder, _width(config), labels).to(device)
        network.load_state_dict(load_file(folder / "model.safetensors", device=device))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return Kept(network.eval(), load_tokenizer(folder), labels, about)


def basis(context: LearnerContext, max_length: int) -> str:
    """What features of an encoder of texts depend on besides the texts (``head_problem.basis``)."""
    endings, libraries = (".safetensors", ".json", ".txt"), ("torch", "transformers", "tokenizers")
    return head_problem.basis(chosen(context), endings, context.plan, max_length, libraries)


def _width(config: Any) -> int:
    """The length of the encoder's vectors: DistilBERT alone calls it ``dim``, and its configuration knows that."""
    return int(config.hidden_size)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
