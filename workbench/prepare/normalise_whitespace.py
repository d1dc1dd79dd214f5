"""Cleaning step: every run of white space becomes one space."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.step import PrepareStep


class NormaliseWhitespace(PrepareStep):
    title: ClassVar[str] = "Normalise white space"
    summary: ClassVar[str] = "Makes every run of spaces, tabs and line breaks one space, so that looks do not matter."
    icon: ClassVar[str] = "space_bar"
    portable: ClassVar[str] = "normalise_whitespace"

    step: Literal["normalise-whitespace"] = "normalise-whitespace"
    trim: bool = Field(
        default=True,
        title="Trim both ends",
        description="Also remove white space before the first and after the last word.",
    )
