"""Augmentation: put in words at random."""

import random
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from workbench.augment import synonyms
from workbench.augment.step import Strength
from workbench.augment.text_step import WordStep, times


class WordInsertion(WordStep):
    """Random insertion as in EDA (Wei and Zou, 2019, https://arxiv.org/abs/1901.11196): a synonym of a word of the text
    comes to some place in it; a word without a listed synonym comes itself."""

    title: ClassVar[str] = "Put in words"
    summary: ClassVar[str] = (
        "Repeats some words, or their synonyms, elsewhere, so that length and place count for less."
    )
    icon: ClassVar[str] = "playlist_add"
    hurts: ClassVar[str] = "Not where a word more changes the answer, as 'not' does, and not for questions of grammar."
    presets: ClassVar[Mapping[Strength, Mapping[str, Any]]] = {"gentle": {"rate": 0.05}, "strong": {"rate": 0.2}}

    step: Literal["word-insertion"] = "word-insertion"
    rate: float = Field(
        default=0.1,
        ge=0,
        le=0.9,
        title="Share of words",
        description="This many words come in for every word of the text. 0.1 is gentle.",
    )
    words: synonyms.Lines = Field(
        default="",
        description="One word a line, as in 'big: large, huge'. Without a list, words of the text come in again.",
    )

    def change(self, words: list[str], gaps: list[str], draw: random.Random) -> tuple[list[str], list[str]]:
        """All words in their order, and others among them; a gap like its neighbour's comes with each."""
        arrivals: dict[int, list[str]] = {}
        for _ in range(times(self.rate * len(words), draw)):
            word = draw.choice(words)
            listed = synonyms.others(self.words, word)
            arrivals.setdefault(draw.randrange(len(words) + 1), []).append(draw.choice(listed) if listed else word)
        inner = gaps[1:-1]
        made: list[str] = []
        before: list[str] = []  # the gap before each word; the outer gaps of the text stay outside
        for place, gap in enumerate(gaps):
            for word in arrivals.get(place, ()):
                made.append(word)
                before.append(draw.choice(inner))
            if place < len(words):
                made.append(words[place])
                before.append(gap if place else draw.choice(inner))
        return made, [gaps[0], *before[1:], gaps[-1]]
