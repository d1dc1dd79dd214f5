"""Cleaning step: borders of images go."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.image_step import ImageStep


class CropImages(ImageStep):
    title: ClassVar[str] = "Crop borders"
    summary: ClassVar[str] = "Cuts off borders that all images share, such as a date, a logo or the edge of a slide."
    icon: ClassVar[str] = "crop"
    portable: ClassVar[str] = "crop_image"

    step: Literal["crop-images"] = "crop-images"
    left: float = Field(default=0.0, ge=0, le=0.45, title="Left", description="Share of the width that is cut off.")
    top: float = Field(default=0.0, ge=0, le=0.45, title="Top", description="Share of the height that is cut off.")
    right: float = Field(default=0.0, ge=0, le=0.45, title="Right", description="Share of the width that is cut off.")
    bottom: float = Field(
        default=0.0, ge=0, le=0.45, title="Bottom", description="Share of the height that is cut off."
    )
