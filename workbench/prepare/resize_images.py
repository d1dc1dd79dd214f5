"""Cleaning step: smaller, or equally large, images."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.image_step import ImageStep


class ResizeImages(ImageStep):
    title: ClassVar[str] = "Resize"
    summary: ClassVar[str] = (
        "Makes large photographs small before training, which reads them much faster; models look at about 224 pixels."
    )
    icon: ClassVar[str] = "photo_size_select_large"
    portable: ClassVar[str] = "resize_image"

    step: Literal["resize-images"] = "resize-images"
    width: int = Field(
        default=256, ge=8, le=4096, title="Width", description="In pixels.", json_schema_extra={"unit": "px"}
    )
    height: int = Field(
        default=256, ge=8, le=4096, title="Height", description="In pixels.", json_schema_extra={"unit": "px"}
    )
    keep_shape: bool = Field(
        default=True,
        title="Keep proportions",
        description="As large as fits into width and height. Off stretches every image to exactly that size.",
    )
