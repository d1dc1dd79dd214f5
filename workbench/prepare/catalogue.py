"""All preparation steps, in the order in which a page offers them and in which they are best applied."""

from collections.abc import Sequence
from typing import Any

from workbench.prepare.drop_duplicates import DropDuplicates
from workbench.prepare.drop_empty import DropEmpty
from workbench.prepare.lowercase import Lowercase
from workbench.prepare.normalise_unicode import NormaliseUnicode
from workbench.prepare.normalise_whitespace import NormaliseWhitespace
from workbench.prepare.step import PrepareStep
from workbench.prepare.strip_html import StripHtml

STEPS: tuple[type[PrepareStep], ...] = (
    StripHtml,
    NormaliseUnicode,
    NormaliseWhitespace,
    Lowercase,
    DropEmpty,
    DropDuplicates,
)


def portable(steps: Sequence[PrepareStep]) -> list[dict[str, Any]]:
    """What an exported model does to a raw text: the steps that ``text_functions.prepare`` applies, in order."""
    return [
        {"function": step.portable, "settings": step.model_dump(exclude={"step"})} for step in steps if step.portable
    ]
