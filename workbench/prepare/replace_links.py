"""Cleaning step: web and e-mail addresses become a word, or go."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.step import PrepareStep


class ReplaceLinks(PrepareStep):
    title: ClassVar[str] = "Replace links and e-mail addresses"
    summary: ClassVar[str] = (
        "Puts one word in place of every address, so that the model learns that there is a link and not which one."
    )
    icon: ClassVar[str] = "link_off"
    portable: ClassVar[str] = "replace_links"

    step: Literal["replace-links"] = "replace-links"
    addresses: Literal["a word", "nothing"] = Field(
        default="a word", title="In their place", description="A word such as [link] keeps that something was there."
    )
    mail: bool = Field(default=True, title="E-mail addresses too", description="name@example.com becomes [e-mail].")
    handles: bool = Field(
        default=False, title="Names of accounts too", description="@somebody becomes [name]; for posts and comments."
    )
