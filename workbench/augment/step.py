"""The shape of an augmentation step: its settings, what a page says about it, and what it changes."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["text", "image", "table"]
Strength = Literal["gentle", "usual", "strong"]
STRENGTHS: tuple[Strength, ...] = ("gentle", "usual", "strong")


class AugmentStep(BaseModel):
    """Settings of one augmentation; fields carry title, description and limits for forms.

    ``kind`` says what a task must read for the step to be of use. ``hurts`` tells when it does harm. ``presets`` are
    the settings that a strength changes: "usual" are the defaults.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    title: ClassVar[str]
    summary: ClassVar[str]  # one sentence: what it does, and why one would want it
    icon: ClassVar[str]
    kind: ClassVar[Kind]
    group: ClassVar[str]  # the heading under which a page offers it
    hurts: ClassVar[str]
    needs_labels: ClassVar[bool] = False
    comes_first: ClassVar[bool] = False  # a strength that is chosen while nothing is on switches it on
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]]

    @classmethod
    def name(cls) -> str:
        """What recipes call it."""
        return str(cls.model_fields["step"].default)

    @classmethod
    def at(cls, strength: Strength) -> dict[str, Any]:
        """The settings that a preset strength changes, with their values."""
        keys = {key for preset in cls.presets.values() for key in preset}
        chosen = cls.model_validate({"step": cls.name(), **cls.presets.get(strength, {})})
        return {key: getattr(chosen, key) for key in sorted(keys)}
