"""Augmentation: other light and other colours."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import colours
from workbench.augment.draws import Floats, between
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength

if TYPE_CHECKING:
    import torch

    from workbench.augment.colours import Change


class ColourJitter(ImageStep):
    """Brightness, contrast, saturation and hue, drawn evenly up to the limits and done in this order."""

    title: ClassVar[str] = "Vary light and colour"
    summary: ClassVar[str] = "Makes images brighter, duller or of another tint, as another lamp or camera does."
    icon: ClassVar[str] = "palette"
    group: ClassVar[str] = "Colour"
    hurts: ClassVar[str] = "Not when colour is the answer: ripe or unripe fruit, stains, skin, traffic lights."
    comes_first: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {
        "gentle": {"brightness": 0.1, "contrast": 0.1, "saturation": 0.1, "hue": 0.0},
        "strong": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.5, "hue": 0.08},
    }
    draws: ClassVar[int] = 4

    step: Literal["colour-jitter"] = "colour-jitter"
    brightness: float = Field(
        default=0.2, ge=0, le=1, title="Brightness", description="0.2 makes values up to 20 % larger or smaller."
    )
    contrast: float = Field(
        default=0.2, ge=0, le=1, title="Contrast", description="0.2 makes differences up to 20 % larger or smaller."
    )
    saturation: float = Field(
        default=0.2, ge=0, le=1, title="Saturation", description="0.2 makes colours up to 20 % stronger or weaker."
    )
    hue: float = Field(
        default=0.03,
        ge=0,
        le=0.5,
        title="Hue",
        description="How far colours turn around the colour circle: 0.03 is hardly seen, 0.33 makes red green.",
    )

    def colour(self, drawn: Floats, means: "torch.Tensor") -> "Change":
        evenly = between(-1, 1, drawn)
        change = colours.brightness(1 + self.brightness * evenly[:, 0], means)
        change = colours.then(
            change, colours.contrast(1 + self.contrast * evenly[:, 1], colours.applied(change, means))
        )
        change = colours.then(change, colours.saturation(1 + self.saturation * evenly[:, 2], means))
        return colours.then(change, colours.hue(self.hue * evenly[:, 3], means))
