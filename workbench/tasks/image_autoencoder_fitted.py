"""A trained network that draws images anew: what it makes of rows, how unusual they are, and how it is kept."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ModelError
from workbench.tasks.image_cache import Pictures
from workbench.tasks.protocol import ImagePredictions
from workbench.training.problem import Reporter

if TYPE_CHECKING:
    import torch

    from workbench.networks.autoencoder import Autoencoder

AT_ONCE = 64  # images in one forward pass without learning
POLL_ROWS = 512  # images between two looks at what the user asks for
KNOWN = 1001  # errors that are kept of those that the model was judged by
SEED = 0  # of the images that it invents

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Copier:
    """A network, and how images become batches for it and come back."""

    network: "Autoencoder"
    device: str

    def images(self, pixels: NDArray[np.uint8]) -> "torch.Tensor":
        """Pixels (n, side, side, channels) as floats (n, channels, side, side) from 0 to 1."""
        import torch

        moved = torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device)
        return moved.permute(0, 3, 1, 2).float().div_(255)

    def copies(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The same images as the network draws them."""
        import torch

        with torch.no_grad():
            return self._pixels(self.network.eval()(self.images(pixels)))

    def invented(self, count: int) -> NDArray[np.uint8]:
        """Images of points in the cloud of codes (count, side, side, channels); none by a plain autoencoder."""
        import torch

        shape = self.network.shape
        drawn = np.random.default_rng(SEED).standard_normal((count * shape.variational, shape.latent), np.float32)
        with torch.no_grad():
            network = self.network.eval()
            return self._pixels(network.images(network.decode(torch.from_numpy(drawn).to(self.device))))

    def each(self, seen: Pictures, reporter: Reporter | None = None) -> tuple[Floats, NDArray[np.float32]] | None:
        """The mean squared error of each copy (n) and the codes (n, latent), without learning; None when a pause or
        cancel cut it short."""
        import torch

        network = self.network
        learning = network.training
        network.eval()
        errors, codes = np.empty(len(seen)), np.empty((len(seen), network.shape.latent), dtype=np.float32)
        with torch.no_grad():
            for start in range(0, len(seen), AT_ONCE):
                rows = range(start, min(start + AT_ONCE, len(seen)))
                images = self.images(seen.take(rows))
                means, _ = network.encode(images)
                off = (network.images(network.decode(means)).float() - images).square().mean(dim=(1, 2, 3))
                errors[rows.start : rows.stop], codes[rows.start : rows.stop] = off.cpu(), means.float().cpu()
                if reporter is not None and start % POLL_ROWS == 0 and reporter.control() in ("pause", "cancel"):
                    network.train(learning)
                    return None
        network.train(learning)
        return errors, codes

    def _pixels(self, images: "torch.Tensor") -> NDArray[np.uint8]:
        found: NDArray[np.uint8] = (images.float() * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
        return found


@dataclass(frozen=True, slots=True)
class Copies:
    """The images of some rows, and what a network draws of them (``protocol.Drawn``)."""

    copier: Copier
    seen: Pictures

    def pairs(self, places: Sequence[int]) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
        if not len(places):
            return []
        originals = self.seen.take(places)
        return list(zip(originals, self.copier.copies(originals), strict=True))

    def invented(self, count: int) -> list[NDArray[np.uint8]]:
        return list(self.copier.invented(count))


@dataclass(frozen=True, slots=True)
class AutoencoderFitted:
    """``known`` are errors that the network made on images that it had not learned from, in order: what is more than
    most of them is unusual. ``normal`` and ``only_normal`` are as in ``ImagePredictions``."""

    copier: Copier
    known: Floats
    normal: tuple[str, ...]
    only_normal: bool

    def predict(self, rows: pd.DataFrame) -> ImagePredictions:
        shape = self.copier.network.shape
        seen = Pictures(tuple(rows["image"]), shape.side, shape.channels, "", None)
        found = self.copier.each(seen)
        assert found is not None  # nothing can cut it short without a reporter
        errors, codes = found
        return ImagePredictions(
            errors, percentiles(errors, self.known), codes, Copies(self.copier, seen), self.normal, self.only_normal
        )

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        network = self.copier.network
        weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        _write(folder / "config.json", {"model_type": "vae" if network.shape.variational else "autoencoder"})
        about = {
            "shape": asdict(network.shape),
            "known": self.known.tolist(),
            "normal": list(self.normal),
            "only_normal": self.only_normal,
        }
        _write(folder / "workbench.json", about)


def percentiles(errors: Floats, known: Floats) -> Floats:
    """How many of a hundred ``known`` errors, which are in order, are smaller; equal ones count half."""
    below, up_to = np.searchsorted(known, errors, "left"), np.searchsorted(known, errors, "right")
    found: Floats = np.round(50.0 * (below + up_to) / max(len(known), 1), 2)
    return found


def some(errors: Floats) -> Floats:
    """At most ``KNOWN`` of them in order, evenly spread."""
    ordered: Floats = np.sort(errors)
    if len(ordered) > KNOWN:
        ordered = ordered[np.linspace(0, len(ordered) - 1, KNOWN).round().astype(int)]
    return ordered


def load(folder: Path, device: str = "cpu") -> AutoencoderFitted:
    """A saved network. Raises ModelError when a part is missing or does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from workbench.models import folder as model_folder
    from workbench.networks.autoencoder import Autoencoder, Shape

    model_folder.check(folder, "pixels")  # an imported or copied folder may say anything
    try:
        about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        network = Autoencoder(Shape.from_dict(about["shape"])).to(device)
        network.load_state_dict(load_file(folder / "model.safetensors", device=device))
        known = np.asarray(about["known"], dtype=np.float64)
        normal = tuple(map(str, about["normal"]))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return AutoencoderFitted(Copier(network.eval(), device), known, normal, bool(about.get("only_normal")))


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
