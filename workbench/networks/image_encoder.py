"""A network that reads images with a small layer on top that tells labels apart."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import normalize

from workbench.errors import ModelError
from workbench.models import folder as model_folder
from workbench.networks.efficientnet_lite import STRIDE, EfficientNetLite
from workbench.networks.small_cnn import SmallCnn
from workbench.networks.text_encoder import SCALE, head, original_config, without_dropout, without_pooler

FIRST_TOKEN = ("deit", "dinov2", "vit")  # of these the first token tells what the image shows; others pool
ONE_SIZE = ("beit", "deit", "dinov2", "mobilevit", "swin", "vit")  # were made for images of one size


@dataclass(frozen=True, slots=True)
class Reading:
    """How a network wants its images: squares of ``side`` pixels (None: of any size), each channel from 0 to 1 less
    ``mean`` over ``deviation``."""

    side: int | None
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


FROM_MINUS_ONE = Reading(None, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


class ImageClassifier(nn.Module):
    """Images to label scores: encoder, features of length 1, times ``SCALE``, one linear layer."""

    mean: torch.Tensor
    deviation: torch.Tensor
    scale = SCALE

    def __init__(self, encoder: nn.Module, reading: Reading, labels: int, seed: int = 0) -> None:
        super().__init__()
        self.encoder, self.reading = encoder, reading
        self.register_buffer("mean", _channels(reading.mean), persistent=False)
        self.register_buffer("deviation", _channels(reading.deviation), persistent=False)
        self.head = head(_width(encoder, reading), labels, seed)

    def embed(self, images: torch.Tensor) -> torch.Tensor:
        """One vector of length 1 an image, in fp32; ``images`` (n, 3, side, side) are floats from 0 to 1."""
        return normalize(features(self.encoder, self._read(images)).float(), dim=-1)

    def before(self, images: torch.Tensor, stages: int) -> torch.Tensor:
        """What the first stages of one of our networks make of images: maps (n, channels, height, width)."""
        maps: torch.Tensor = self.encoder.before(self._read(images), stages)  # type: ignore[operator]
        return maps

    def embed_behind(self, maps: torch.Tensor, stages: int) -> torch.Tensor:
        """``embed``, from what ``before`` made of images."""
        return normalize(self.encoder.behind(maps, stages).float(), dim=-1)  # type: ignore[operator]

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.head(self.embed(images) * SCALE)
        return scores

    def _read(self, images: torch.Tensor) -> torch.Tensor:
        return (images - self.mean) / self.deviation


def features(encoder: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What the encoder sees in images: (n, width)."""
    found: torch.Tensor
    if isinstance(encoder, EfficientNetLite | SmallCnn):
        found = encoder(images)
        return found
    output = encoder(pixel_values=images)
    found = output.last_hidden_state[:, 0] if _kind(encoder) in FIRST_TOKEN else output.pooler_output.flatten(1)
    return found


def pooling(encoder: nn.Module) -> str:
    """How features come out of the encoder, as ``predict.py`` needs to know: "own", "first" (token) or "pooled"."""
    if isinstance(encoder, EfficientNetLite | SmallCnn):
        return "own"
    return "first" if _kind(encoder) in FIRST_TOKEN else "pooled"


def has_stages(encoder: nn.Module) -> bool:
    """Whether it can be run in two halves (``ImageClassifier.before``)."""
    return isinstance(encoder, EfficientNetLite | SmallCnn)


def load_encoder(folder: Path, seed: int) -> tuple[nn.Module, Reading]:
    """The network in ``folder`` (checked by ``models.folder`` before) and how it wants its images; weights that are
    not there hang on ``seed``. Raises ModelError when it cannot be loaded."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if config["model_type"] not in model_folder.OWN_IMAGE_NETWORKS:
            return _transformers(folder)
        encoder = own(config, seed)
        if (folder / model_folder.WEIGHTS).is_file():
            encoder.load_state_dict(load_file(folder / model_folder.WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelError(
            f"the model cannot be loaded ({error})",
            where=str(folder),
            remedy="Choose a starter model, or an image classifier such as ResNet, ConvNeXt or ViT.",
        ) from error
    return encoder, FROM_MINUS_ONE


def empty_encoder(folder: Path) -> nn.Module:
    """A network as ``config.json`` describes it, with weights still to be filled in."""
    from transformers import AutoConfig, AutoModel

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config["model_type"] in model_folder.OWN_IMAGE_NETWORKS:
        return own(config, 0)
    known = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return without_pooler_of_tokens(AutoModel.from_config(known, trust_remote_code=False, dtype=torch.float32))


def own(config: dict[str, Any], seed: int) -> EfficientNetLite | SmallCnn:
    """One of our networks. Raises KeyError or TypeError for a configuration that is not one of theirs."""
    return EfficientNetLite() if config["model_type"] == "efficientnet-lite" else SmallCnn(config["channels"], seed)


def save_config(encoder: nn.Module, folder: Path) -> None:
    """Write the ``config.json`` that ``empty_encoder`` reads."""
    if isinstance(encoder, EfficientNetLite | SmallCnn):
        (folder / "config.json").write_text(json.dumps(encoder.described(), indent=1), encoding="utf-8")
    else:
        original_config(encoder).save_pretrained(folder)


def fitting_side(reading: Reading, wanted: int) -> int:
    """The side of images for a network: its own where it has one, else ``wanted``, to a multiple that all can take."""
    return reading.side or max(STRIDE, wanted // STRIDE * STRIDE)


def without_pooler_of_tokens(encoder: nn.Module) -> nn.Module:
    """Without the layer that some put on the first token, which is nothing but random before it has learned."""
    return without_pooler(encoder) if _kind(encoder) in FIRST_TOKEN else encoder


def _transformers(folder: Path) -> tuple[nn.Module, Reading]:
    import copy

    from transformers import AutoConfig, AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # its load report lists the layers for other labels as if that were a fault
    logging.disable_progress_bar()
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    original = copy.deepcopy(config)
    without_dropout(config)
    encoder = AutoModel.from_pretrained(
        folder,
        config=config,
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
        dtype=torch.float32,
    )
    encoder.original_config = original
    return without_pooler_of_tokens(encoder), _reading(folder, config)


def _reading(folder: Path, config: Any) -> Reading:
    """What preprocessor_config.json says; transformers' own image processors would need torchvision."""
    path = folder / model_folder.PREPROCESSOR
    said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    plain = said.get("do_normalize") is False
    mean = (0.0, 0.0, 0.0) if plain else _three(said.get("image_mean"), 0.5)
    deviation = (1.0, 1.0, 1.0) if plain else _three(said.get("image_std"), 0.5)
    size = getattr(config, "image_size", None)
    side = size[0] if isinstance(size, list | tuple) else size
    return Reading(side if config.model_type in ONE_SIZE else None, mean, deviation)


def _three(given: Any, usual: float) -> tuple[float, float, float]:
    if not isinstance(given, list) or len(given) != 3:
        return (usual, usual, usual)
    first, second, third = map(float, given)
    return first, second, third


def _kind(encoder: nn.Module) -> str:
    config: Any = encoder.config
    return str(config.model_type)


def _channels(values: Sequence[float]) -> torch.Tensor:
    return torch.tensor(values).view(1, 3, 1, 1)


def _width(encoder: nn.Module, reading: Reading) -> int:
    """The length of the encoder's features, of an image that is all grey."""
    side = reading.side or 2 * STRIDE
    learning = encoder.training
    encoder.eval()
    with torch.no_grad():
        found = features(encoder, torch.zeros(1, 3, side, side)).shape[1]
    encoder.train(learning)
    return int(found)
