"""All augmentation steps in the order in which a page offers them, and how they are applied one after another."""

from collections.abc import Callable, Sequence

from workbench.augment.step import TextStep, draw
from workbench.augment.word_dropout import WordDropout
from workbench.augment.word_swap import WordSwap

STEPS: tuple[type[TextStep], ...] = (WordDropout, WordSwap)


def augmenter(steps: Sequence[TextStep], seed: int) -> Callable[[str, int, int], str] | None:
    """A pure function of (text, epoch, source row) that applies all ``steps``; None when there are none."""
    if not steps:
        return None

    def augment(text: str, epoch: int, row: int) -> str:
        for position, step in enumerate(steps):
            text = step.apply(text, draw(seed, epoch, row, position))
        return text

    return augment
