"""Cleaning step: all letters small."""

from typing import ClassVar, Literal

from workbench.prepare.step import PrepareStep


class Lowercase(PrepareStep):
    title: ClassVar[str] = "Lower case"
    summary: ClassVar[str] = (
        "Makes all letters small; useful when capitals mean nothing, harmful when shouting is a sign."
    )
    icon: ClassVar[str] = "match_case"
    portable: ClassVar[str] = "lowercase"

    step: Literal["lowercase"] = "lowercase"
