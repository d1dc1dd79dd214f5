"""What can be set of the networks that draw images anew: one description for the recipe's check and for the page."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class AutoencoderSettings(BaseModel):
    """A convolutional autoencoder's, which the recipe gives under ``model.settings``."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, coerce_numbers_to_str=True)

    latent: int = Field(
        default=32,
        ge=2,
        le=512,
        title="Numbers an image is squeezed into",
        description="The latent size. More numbers give sharper copies, also of images that are unusual; fewer keep "
        "only what most images share, so that what is unusual stands out.",
    )
    loss: Literal["mse", "bce"] = Field(
        default="mse",
        title="What counts as a difference",
        description="Squared difference makes large differences count most, and suits photographs. Cross-entropy takes "
        "every pixel for ink or paper, and suits black and white drawings.",
        json_schema_extra={"words": {"mse": "Squared difference (MSE)", "bce": "Cross-entropy (BCE)"}},
    )
    image_size: Literal["auto", 16, 32, 64, 128] = Field(
        default="auto",
        title="Size of the images",
        description="All images are scaled to squares of so many pixels. Twice the side takes four times as long, and "
        "shows finer detail. Automatic: by the size of your images.",
        json_schema_extra={"unit": "pixels", "words": {"auto": "Automatic"}},
    )
    width: Literal[16, 32, 64] = Field(
        default=16,
        title="Filters in the first layer",
        description="More filters see more kinds of strokes and edges, and take longer.",
    )
    normal: tuple[str, ...] = Field(
        default=(),
        title="Labels that are normal",
        description="The model then learns from images with these labels alone, and everything else is an anomaly that "
        "it has to find. Without a choice it learns from all images.",
        json_schema_extra={"choose": "labels", "none": "Learn from all images"},
    )


class VaeSettings(AutoencoderSettings):
    """A variational autoencoder's."""

    latent: int = Field(
        default=16,
        ge=2,
        le=512,
        title="Numbers an image is squeezed into",
        description="The latent size. More numbers give sharper copies; fewer give a map on which neighbours look "
        "alike.",
    )
    order: float = Field(
        default=1.0,
        gt=0,
        le=10,
        title="Order on the map of images",
        description="How much the numbers of all images are drawn together into one cloud (the weight of the "
        "KL divergence). More makes images that the model invents more plausible, and copies blurrier.",
    )
