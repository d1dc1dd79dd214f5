"""The shape of a step that changes texts: a pure function of a text and a random draw."""

import random
from typing import ClassVar

from workbench.augment.step import AugmentStep, Kind
from workbench.augment.words import put_together, take_apart


class TextStep(AugmentStep):
    """A step that makes another version of a text."""

    kind: ClassVar[Kind] = "text"

    def apply(self, text: str, draw: random.Random) -> str:
        """Another version of ``text``; the same draw gives the same version."""
        raise NotImplementedError


class WordStep(TextStep):
    """A step that changes the words of a text, and leaves the gaps between them as they are where it can."""

    group: ClassVar[str] = "Words"

    def apply(self, text: str, draw: random.Random) -> str:
        """The text with its words changed; one word alone stays as it is."""
        words, gaps = take_apart(text)
        if len(words) < 2:
            return text
        return put_together(*self.change(words, gaps, draw))

    def change(self, words: list[str], gaps: list[str], draw: random.Random) -> tuple[list[str], list[str]]:
        """Other words, with the gaps around them: always one gap more than words. It may change the lists given."""
        raise NotImplementedError


def draw(seed: int, epoch: int, sample: int, position: int) -> random.Random:
    """The random numbers for one step of one sample in one epoch: nothing else enters, so a resumed run,
    another order or another number of workers gives the same text."""
    return random.Random(f"{seed}/{epoch}/{sample}/{position}")  # noqa: S311  (augmentation is no secret)


def times(expected: float, draw: random.Random) -> int:
    """A whole number that is ``expected`` on average, so that short texts change now and then too."""
    return int(expected) + (draw.random() < expected % 1)
