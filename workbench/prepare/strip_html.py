"""Cleaning step: the readable text of web pages."""

from typing import ClassVar, Literal

from workbench.prepare.step import PrepareStep


class StripHtml(PrepareStep):
    title: ClassVar[str] = "Strip HTML"
    summary: ClassVar[str] = (
        "Removes tags and turns entities such as &amp; into characters; for texts copied from the web."
    )
    icon: ClassVar[str] = "code_off"
    portable: ClassVar[str] = "strip_html"

    step: Literal["strip-html"] = "strip-html"
