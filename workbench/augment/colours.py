"""Changes of colour that are linear: matrices (n, 3, 3) and offsets (n, 3) for red, green and blue."""

from typing import TYPE_CHECKING

import numpy as np

from workbench.augment.draws import Floats

if TYPE_CHECKING:
    import torch

    Change = tuple[torch.Tensor, torch.Tensor]

_LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look: ITU-R BT.601


def brightness(factors: Floats, means: "torch.Tensor") -> "Change":
    """Every value ``factors`` (n) times as large."""
    return _change(factors[:, None, None] * np.eye(3), means)


def contrast(factors: Floats, means: "torch.Tensor") -> "Change":
    """Every value ``factors`` (n) times as far from the image's mean grey."""
    import torch

    matrix, offset = _change(factors[:, None, None] * np.eye(3), means)
    grey = (means * torch.as_tensor(_LUMA, dtype=means.dtype, device=means.device)).sum(dim=1)
    rest = torch.as_tensor(1 - factors, dtype=means.dtype, device=means.device)
    return matrix, offset + (rest * grey)[:, None]


def saturation(factors: Floats, means: "torch.Tensor") -> "Change":
    """Every colour ``factors`` (n) times as far from the grey that is as bright; 0 leaves grey."""
    factors = factors[:, None, None]
    return _change(factors * np.eye(3) + (1 - factors) * np.outer(np.ones(3), _LUMA), means)


def hue(turns: Floats, means: "torch.Tensor") -> "Change":
    """Every colour turned about the axis of greys, ``turns`` (n) times around (Rodrigues' rotation formula)."""
    angle = 2 * np.pi * turns[:, None, None]
    crossing = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / np.sqrt(3)
    return _change(
        np.cos(angle) * np.eye(3) + np.sin(angle) * crossing + (1 - np.cos(angle)) * np.full((3, 3), 1 / 3), means
    )


def then(first: "Change", second: "Change") -> "Change":
    """Both changes as one."""
    return (second[0][:, :, :, None] * first[0][:, None]).sum(dim=2), applied(second, first[1])


def applied(change: "Change", colours: "torch.Tensor") -> "torch.Tensor":
    """What becomes of one colour (n, 3) a sample."""
    return (change[0] * colours[:, None]).sum(dim=2) + change[1]


def painted(change: "Change", images: "torch.Tensor") -> "torch.Tensor":
    """Images (n, 3, height, width) with their colours changed, cut to [0, 1].

    Written out, since a matrix product rounds by its place in a batch: a sample must be the same in every one.
    """
    matrix, offset = (part[..., None, None] for part in change)
    changed = images[:, None, 0] * matrix[:, :, 0]
    changed.addcmul_(images[:, None, 1], matrix[:, :, 1]).addcmul_(images[:, None, 2], matrix[:, :, 2])
    return changed.add_(offset).clamp_(0, 1)


def _change(matrices: Floats, means: "torch.Tensor") -> "Change":
    import torch

    return torch.as_tensor(matrices, dtype=means.dtype, device=means.device), torch.zeros_like(means)
