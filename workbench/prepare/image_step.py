"""The shape of a preparation step for pictures: its settings are those of a function of ``image_functions``."""

from typing import ClassVar

import pandas as pd

from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.prepare.transforms import Transform


class ImageStep(PrepareStep):
    """``portable`` names a function of ``image_functions``; it is applied to every picture, with the settings."""

    group: ClassVar[str] = "images"
    needs: ClassVar[str] = "image"

    def transforms(self, train: pd.DataFrame, roles: Roles) -> tuple[Transform, ...]:  # noqa: ARG002
        settings = self.model_dump(exclude={"step"})
        return tuple(Transform(self.portable, column, settings) for column in roles.pictures)
