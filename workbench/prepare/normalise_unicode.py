"""Cleaning step: one way to write each character."""

from typing import ClassVar, Literal

from pydantic import Field

from workbench.prepare.step import PrepareStep


class NormaliseUnicode(PrepareStep):
    title: ClassVar[str] = "Normalise Unicode"
    summary: ClassVar[str] = "Writes the same character always the same way, so that texts that look equal are equal."
    icon: ClassVar[str] = "translate"
    portable: ClassVar[str] = "normalise_unicode"

    step: Literal["normalise-unicode"] = "normalise-unicode"
    form: Literal["NFC", "NFKC"] = Field(
        default="NFC",
        title="Form",
        description=(
            "NFC joins letters with their accents and keeps how texts look. NFKC also turns full-width, styled and "
            "joined characters into plain ones (ＡＢＣ becomes ABC, ½ becomes 1⁄2)."
        ),
    )
