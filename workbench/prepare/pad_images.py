"""Cleaning step: images become square."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.image_step import ImageStep


class PadImages(ImageStep):
    title: ClassVar[str] = "Pad to a square"
    summary: ClassVar[str] = "Adds a border to long images, so that nothing is cut off or stretched for the model."
    icon: ClassVar[str] = "aspect_ratio"
    portable: ClassVar[str] = "pad_image"

    step: Literal["pad-images"] = "pad-images"
    fill: Literal["black", "grey", "white"] = Field(
        default="black", title="Border", description="Take the colour that the images' own background has."
    )
