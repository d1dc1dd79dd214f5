"""A small convolutional network that learns from nothing; torch only, because exported models carry this file."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import max_pool2d, relu


class SmallCnn(nn.Module):
    """Images (n, 3, side, side) from -1 to 1 become features (n, last of ``channels``): the mean of the last map.

    Every stage is two convolutions of 3 x 3, normalised and rectified, and halves the sides.
    """

    def __init__(self, channels: Sequence[int], seed: int = 0) -> None:
        super().__init__()
        self.width = channels[-1]
        self.channels = list(channels)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            pairs = zip((3, *channels[:-1]), channels, strict=True)
            self.stages = nn.ModuleList(_Stage(before, after) for before, after in pairs)

    def described(self) -> dict[str, object]:
        """What config.json says of it."""
        return {"model_type": "small-cnn", "channels": self.channels}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.behind(self.before(images, 0), 0)

    def before(self, images: torch.Tensor, stages: int) -> torch.Tensor:
        """What the first ``stages`` make of images: (n, channels, height, width)."""
        x = images
        for stage in list(self.stages)[:stages]:
            x = stage(x)
        return x

    def behind(self, maps: torch.Tensor, stages: int) -> torch.Tensor:
        """Features, from what the first ``stages`` made of images."""
        x = maps
        for stage in list(self.stages)[stages:]:
            x = stage(x)
        return x.mean(dim=(2, 3))


class _Stage(nn.Module):
    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(after)
        self.second = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(after)
        for layer in (self.first, self.second):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = relu(self.first_norm(self.first(x)))
        return max_pool2d(relu(self.second_norm(self.second(x))), 2, ceil_mode=True)
