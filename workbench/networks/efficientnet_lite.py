"""EfficientNet-Lite0, a small network that reads images; torch only, because exported models carry this file as it is.

Tan and Le, 2019, https://arxiv.org/abs/1905.11946, in the variant for small devices: no squeeze-and-excitation, ReLU6.
The weights' names are those of the package efficientnet-lite-pytorch, whose weights fit.
"""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import pad

WIDTH = 1280  # of the features of an image
STRIDE = 32  # sides of images are multiples of it: only these are padded as the network was trained with
STEM = 32
# Of each stage: blocks, kernel, stride of its first block, expansion, channels.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
MOMENTUM = 0.1  # in a few hundred steps the statistics have to follow images of another kind


class EfficientNetLite(nn.Module):
    """Images (n, 3, side, side) from -1 to 1 become features (n, ``WIDTH``): the mean of the last map."""

    width = WIDTH

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _Convolution(3, STEM, 3, 2)
        self._bn0 = _norm(STEM)
        blocks, channels = [], STEM
        for count, kernel, stride, expansion, out in STAGES:
            for place in range(count):
                blocks.append(_Block(channels, out, kernel, stride if place == 0 else 1, expansion))
                channels = out
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = _Convolution(channels, WIDTH, 1, 1)
        self._bn1 = _norm(WIDTH)

    def described(self) -> dict[str, object]:
        """What config.json says of it."""
        return {"model_type": "efficientnet-lite", "image_size": 224}

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.behind(self.before(images, 0), 0)

    def stages(self) -> list[nn.ModuleList]:
        """The blocks of each stage."""
        ends = [_blocks_of(stage) for stage in range(len(STAGES) + 1)]
        return [self._blocks[begin:end] for begin, end in pairwise(ends)]

    def before(self, images: torch.Tensor, stages: int) -> torch.Tensor:
        """What the first ``stages`` make of images: (n, channels, height, width)."""
        x = _relu6(self._bn0(self._conv_stem(images)))
        for block in list(self._blocks)[: _blocks_of(stages)]:
            x = block(x)
        return x

    def behind(self, maps: torch.Tensor, stages: int) -> torch.Tensor:
        """Features, from what the first ``stages`` made of images."""
        x = maps
        for block in list(self._blocks)[_blocks_of(stages) :]:
            x = block(x)
        features: torch.Tensor = _relu6(self._bn1(self._conv_head(x))).mean(dim=(2, 3))
        return features


def _blocks_of(stages: int) -> int:
    """How many blocks the first ``stages`` have."""
    return sum(count for count, *_ in STAGES[:stages])


class _Block(nn.Module):
    """Widen, look around within each channel, narrow; the input is added where the shape stays."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        self.keeps_shape = stride == 1 and channels == out
        wide = channels * expansion
        self.widens = expansion != 1
        if self.widens:
            self._expand_conv = _Convolution(channels, wide, 1, 1)
            self._bn0 = _norm(wide)
        self._depthwise_conv = _Convolution(wide, wide, kernel, stride, groups=wide)
        self._bn1 = _norm(wide)
        self._project_conv = _Convolution(wide, out, 1, 1)
        self._bn2 = _norm(out)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        made = _relu6(self._bn0(self._expand_conv(x))) if self.widens else x
        made = _relu6(self._bn1(self._depthwise_conv(made)))
        made = self._bn2(self._project_conv(made))
        result: torch.Tensor = made + x if self.keeps_shape else made
        return result


class _Convolution(nn.Conv2d):
    """Padded as TensorFlow does: at stride 2 and even sides, one more pixel at the right and at the bottom."""

    def __init__(self, channels: int, out: int, kernel: int, stride: int, groups: int = 1) -> None:
        around = kernel // 2 if stride == 1 else 0
        super().__init__(channels, out, kernel, stride, padding=around, groups=groups, bias=False)
        before, after = (kernel - stride) // 2, (kernel - stride + 1) // 2
        self.uneven = (before, after, before, after) if stride > 1 else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x if self.uneven is None else pad(x, self.uneven))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=MOMENTUM)


def _relu6(x: torch.Tensor) -> torch.Tensor:
    return nn.functional.relu6(x, inplace=True)
