"""Cleaning step: characters that nobody sees go."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.step import PrepareStep


class RemoveControlCharacters(PrepareStep):
    title: ClassVar[str] = "Remove control characters"
    summary: ClassVar[str] = (
        "Removes characters that nobody sees, such as those that copying from a PDF leaves behind; emoji stay whole."
    )
    icon: ClassVar[str] = "visibility_off"
    portable: ClassVar[str] = "remove_control_characters"

    step: Literal["remove-control-characters"] = "remove-control-characters"
    zero_width: bool = Field(
        default=True,
        title="Spaces of no width too",
        description="They part words in Thai or Khmer texts from some programs; keep them there.",
    )
