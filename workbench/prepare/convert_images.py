"""Cleaning step: all images grey, or all in colour."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.image_step import ImageStep


class ConvertImages(ImageStep):
    title: ClassVar[str] = "Grey or colour"
    summary: ClassVar[str] = "Makes all images grey where colour says nothing, so that the model cannot hang on it."
    icon: ClassVar[str] = "filter_b_and_w"
    portable: ClassVar[str] = "convert_image"

    step: Literal["convert-images"] = "convert-images"
    mode: Literal["grey", "colour"] = Field(default="grey", title="Images become", description="grey has one channel.")
