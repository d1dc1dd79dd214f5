"""Networks that squeeze an image into a few numbers and draw it anew from them; torch only, since exports carry this
file."""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss, relu

SMALLEST = 4  # pixels on a side of the last map
SIDES = (16, 32, 64, 128)  # of images that the network can take
MOST_FILTERS = 128
DARKEST = 0.02  # of the mean image, where its logit is taken
LOGITS = 5.0  # between black and white, about, where squared errors have 1


@dataclass(frozen=True, slots=True)
class Shape:
    """Images of ``side`` pixels and ``channels`` (1 or 3) become ``latent`` numbers; the first stage has ``width``
    filters, each further one twice as many. ``variational`` makes it a VAE; ``loss`` is "mse" or "bce"."""

    side: int
    channels: int
    latent: int = 32
    width: int = 32
    variational: bool = False
    loss: str = "mse"

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Shape":
        """What ``asdict`` made, also after JSON. Raises TypeError when it is something else, and ValueError for images
        of a size that no such network takes."""
        shape = cls(**content)
        if shape.side not in SIDES:
            raise ValueError(f"images have a side of {', '.join(map(str, SIDES))} pixels, not {shape.side}")
        return shape

    @property
    def filters(self) -> list[int]:
        """Of each stage; every stage halves the sides."""
        return [min(MOST_FILTERS, self.width * 2**stage) for stage in range(int(math.log2(self.side // SMALLEST)))]


class Autoencoder(nn.Module):
    """Images (n, channels, side, side) from 0 to 1 to codes (n, latent) and back.

    The decoder adds to the mean image (``usual``), which is where learning starts. A variational one learns a normal
    distribution for each code (Kingma and Welling, 2014, https://arxiv.org/abs/1312.6114).
    """

    usual: Tensor

    def __init__(self, shape: Shape, seed: int = 0) -> None:
        super().__init__()
        self.shape = shape
        filters = shape.filters
        flat = filters[-1] * SMALLEST**2
        self.register_buffer("usual", torch.zeros(shape.channels, shape.side, shape.side))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            pairs = zip((shape.channels, *filters[:-1]), filters, strict=True)
            self.encoder = nn.Sequential(*(Down(before, after) for before, after in pairs))
            self.code = nn.Linear(flat, shape.latent * (2 if shape.variational else 1))
            self.spread = nn.Linear(shape.latent, flat)
            back = filters[::-1]
            self.decoder = nn.Sequential(*(Up(before, after) for before, after in itertools.pairwise(back)))
            self.pixels = nn.ConvTranspose2d(back[-1], shape.channels, 4, stride=2, padding=1)
        nn.init.zeros_(self.pixels.weight)
        nn.init.zeros_(self.pixels.bias)  # type: ignore[arg-type]

    def start_from(self, mean: Tensor) -> None:
        """Let it draw the mean image (channels, side, side) as long as it knows nothing else."""
        self.usual.copy_(mean.clamp(DARKEST, 1 - DARKEST).logit() if self.shape.loss == "bce" else mean)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """The codes of images, and the logarithms of their variances: of none (n, 0) in a plain autoencoder."""
        found = self.code(self.encoder(images).flatten(1))
        codes, logs = found.split([self.shape.latent, found.shape[1] - self.shape.latent], dim=1)
        return codes, logs.clamp(-20, 10)  # e to the power of these is a number still

    def decode(self, codes: Tensor) -> Tensor:
        """What ``losses`` and ``images`` take: raw values of pixels (n, channels, side, side)."""
        maps = relu(self.spread(codes)).unflatten(1, (-1, SMALLEST, SMALLEST))
        scale = LOGITS if self.shape.loss == "bce" else 1.0
        raw: Tensor = scale * self.pixels(self.decoder(maps)) + self.usual
        return raw

    def images(self, raw: Tensor) -> Tensor:
        """Raw values as pixels from 0 to 1."""
        return raw.sigmoid() if self.shape.loss == "bce" else raw.clamp(0, 1)

    def forward(self, images: Tensor) -> Tensor:
        """The images drawn anew, from 0 to 1."""
        return self.images(self.decode(self.encode(images)[0]))

    def losses(self, images: Tensor, noise: Tensor, order: float = 1.0) -> Tensor:
        """The loss of each image (n), a pixel's on average; ``noise`` (n, latent) is drawn from a standard normal.

        In a VAE, codes move by ``noise`` times their deviations, and ``order`` times their Kullback-Leibler divergence
        from a standard normal is added. With squared errors, pixels are taken to scatter as much as the errors of this
        batch do, which balances the two by itself (Rybkin and others, 2021, https://arxiv.org/abs/2006.13202).
        """
        means, logs = self.encode(images)
        codes = means + noise * (logs / 2).exp() if self.shape.variational else means
        measure = binary_cross_entropy_with_logits if self.shape.loss == "bce" else mse_loss
        errors = measure(self.decode(codes).float(), images, reduction="none").mean(dim=(1, 2, 3))
        if not self.shape.variational:
            return errors
        divergence = (means.square() + logs.exp() - logs - 1).float().sum(dim=1) / 2
        unit = 1.0 if self.shape.loss == "bce" else 2 * errors.detach().mean()
        return errors + order * unit * divergence / images[0].numel()


class Down(nn.Sequential):
    """Half the sides: filters of 3 x 3 pixels, normalised and rectified."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(
            nn.Conv2d(before, after, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(inplace=True)
        )


class Up(nn.Sequential):
    """Twice the sides, normalised and rectified; strides that divide the filters' size leave no chequered pattern
    (Odena and others, 2016, https://doi.org/10.23915/distill.00003)."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__(
            nn.ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        )
