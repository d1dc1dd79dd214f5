"""The shapes of steps that change images: where a point comes from, what a colour becomes, and what neither can say.

Images are float tensors (n, 3, height, width) with values in [0, 1]; ``drawn`` holds each sample's own random numbers.
"""

from typing import TYPE_CHECKING, ClassVar

from workbench.augment.draws import Floats
from workbench.augment.step import AugmentStep, Kind

if TYPE_CHECKING:
    import torch

    from workbench.augment.colours import Change


class ImageStep(AugmentStep):
    """A step that changes images in one or several of three ways; ``draws`` numbers are drawn for every sample.

    All steps' geometry is put together before the image is sampled once, and all steps' colours before its pixels are
    multiplied once: that is what makes many steps cost as little as one, and keeps the image from getting soft.
    """

    kind: ClassVar[Kind] = "image"
    draws: ClassVar[int] = 1

    def geometry(self, drawn: Floats, aspect: float) -> Floats | None:  # noqa: ARG002  (not every step has it)
        """Matrices (n, 3, 3) from a point of the new image to the point of the old one that is seen there.

        Both are in [-1, 1] from edge to edge; ``aspect`` is width / height.
        """
        return None

    def colour(self, drawn: Floats, means: "torch.Tensor") -> "Change | None":  # noqa: ARG002
        """Matrices (n, 3, 3) and offsets (n, 3) that give the new red, green and blue; ``means`` (n, 3) are the old
        image's."""
        return None

    def pixels(self, images: "torch.Tensor", drawn: Floats) -> "torch.Tensor":  # noqa: ARG002
        """The images with whatever is neither of the two; it may write into ``images``."""
        return images


class MixingStep(AugmentStep):
    """A step that mixes an image with a partner's; ``draws`` numbers are drawn for every sample."""

    kind: ClassVar[Kind] = "image"
    group: ClassVar[str] = "Mixtures"
    draws: ClassVar[int]

    def shares(self, drawn: Floats) -> Floats:
        """About how much of itself each sample keeps; exactly 1 where it is not mixed."""
        raise NotImplementedError

    def mix(
        self, images: "torch.Tensor", partners: "torch.Tensor", drawn: Floats, shares: Floats
    ) -> "tuple[torch.Tensor, Floats]":
        """The mixtures, and how much of itself each sample keeps exactly."""
        raise NotImplementedError
