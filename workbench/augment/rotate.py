"""Augmentation: turn images by small angles."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import geometry
from workbench.augment.draws import Floats, between
from workbench.augment.image_step import ImageStep
from workbench.augment.step import Strength


class Rotate(ImageStep):
    """Turned about the middle by an angle that is drawn evenly from both directions."""

    title: ClassVar[str] = "Turn"
    summary: ClassVar[str] = "Turns images a little, as a camera that is not held straight does."
    icon: ClassVar[str] = "rotate_right"
    group: ClassVar[str] = "Position"
    hurts: ClassVar[str] = "Not far for digits and letters: a 6 that is turned by half is a 9."
    comes_first: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"degrees": 5}, "strong": {"degrees": 25}}

    step: Literal["rotate"] = "rotate"
    degrees: float = Field(
        default=10.0,
        ge=0,
        le=180,
        title="Up to",
        description="The largest angle, to either side. 10 is usual; 180 is right for what has no upper side.",
        json_schema_extra={"unit": "degrees"},
    )

    def geometry(self, drawn: Floats, aspect: float) -> Floats:
        return geometry.rotated(between(-self.degrees, self.degrees, drawn[:, 0]), aspect)
