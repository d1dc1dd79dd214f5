"""What a format of an exported model is: its words, whom it refuses, and how its folder is written."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

About = Mapping[str, Any]  # what workbench.json says
Tell = Callable[[str], None]  # is told what is being done


@dataclass(frozen=True, slots=True)
class Format:
    """``name`` is stored and typed, ``title`` and ``good_for`` are shown.

    ``agreement`` is the share of answers that have to be the original's; a number is while it is as ``close``, in
    standard deviations of all. ``nearness`` is how far any probability, or number, may be off. ``refused`` says why a
    model cannot be written so, or "". ``write`` fills an empty folder from the model's own.
    """

    name: str
    title: str
    good_for: str
    agreement: float
    nearness: float
    close: float
    refused: Callable[[Path, About], str]
    write: Callable[[Path, Path, Tell], None]
