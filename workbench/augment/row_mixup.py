"""Augmentation: rows between two rows."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import mixing
from workbench.augment.draws import Floats
from workbench.augment.step import AugmentStep, Kind, Strength


class RowMixup(AugmentStep):
    """mixup (Zhang and others, 2017, https://arxiv.org/abs/1710.09412) of the numbers of two rows."""

    title: ClassVar[str] = "Mix two rows (mixup)"
    summary: ClassVar[str] = "Trains on points between two rows, with both answers, which makes for smoother models."
    icon: ClassVar[str] = "merge"
    kind: ClassVar[Kind] = "table"
    group: ClassVar[str] = "Numbers"
    hurts: ClassVar[str] = "Not when what lies between two rows cannot be, as between a cat's and a whale's weight."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = mixing.MIXUP_PRESETS
    draws: ClassVar[int] = mixing.DRAWS

    step: Literal["row-mixup"] = "row-mixup"
    chance: mixing.Share = Field(default=0.5, title="Share of rows", description="The share of rows that are mixed.")
    alpha: mixing.Share = Field(
        default=0.2,
        title="Evenness",
        description="How even the mixtures are (alpha). 0.2: mostly one row with a trace of the other; 1: anything.",
    )

    def shares(self, drawn: Floats) -> Floats:
        """How much of itself each row keeps; ``drawn`` has shape (rows, draws)."""
        return mixing.shares(drawn, self.chance, self.alpha)
