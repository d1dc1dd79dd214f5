"""Augmentation: numbers that are not quite exact."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment.step import AugmentStep, Kind, Strength


class NumberNoise(AugmentStep):
    """Gaussian noise on every number, in proportion to how much that number varies over the training rows."""

    title: ClassVar[str] = "Noise on numbers"
    summary: ClassVar[str] = "Makes every number a little larger or smaller in every epoch, as measuring does."
    icon: ClassVar[str] = "scatter_plot"
    kind: ClassVar[Kind] = "table"
    group: ClassVar[str] = "Numbers"
    hurts: ClassVar[str] = "Not when numbers are counts or codes, or when tiny differences decide."
    comes_first: ClassVar[bool] = True
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"share": 0.02}, "strong": {"share": 0.15}}

    step: Literal["number-noise"] = "number-noise"
    share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        title="Strength",
        description="The noise's standard deviation as a share of the number's own: 0.05 is hardly seen, 0.5 is much.",
    )
