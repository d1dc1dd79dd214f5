"""When a training loss has run away: a rule on the losses alone, whose few numbers a checkpoint can hold. No torch."""

import statistics
from dataclasses import dataclass, field

FIRST = 10  # steps whose median is the start: warm-up keeps them harmless, and a median forgives strange batches
BLOCK = 20  # steps of which a median is taken: single spikes, however high, do not move it
BLOCKS = 4  # in a row that have to be high: training recovers from a bump, and from none as long as this
TIMES, ABOVE = 3.0, 1.0  # the start's multiple, and what lies above it, that both have to be passed


@dataclass(slots=True)
class Divergence:
    """What has been seen of a run's losses, those of single batches in order.

    A loss diverges when the medians of four blocks of 20 steps in a row are all more than three times the start and
    more than 1 above it. The second matters to models that start from a solution, whose first losses are next to
    nothing: losses are in units in which guessing costs about 1 (nats of a label, squared standard deviations).
    Measured on 800 drawn healthy curves (``tests/training/test_divergence.py``): none of them is stopped.
    """

    seen: int = 0
    start: float | None = None
    high: int = 0  # blocks in a row
    level: float = 0.0  # the last block's median
    recent: list[float] = field(default_factory=list)

    def see(self, loss: float) -> None:
        """Note the next step's loss; what comes after the verdict changes nothing."""
        if self.found:
            return
        self.seen += 1
        self.recent.append(loss)
        if self.start is None and len(self.recent) == FIRST:
            self.start = statistics.median(self.recent)
        if len(self.recent) == BLOCK and self.start is not None:
            self.level = statistics.median(self.recent)
            runaway = self.level > TIMES * self.start and self.level > self.start + ABOVE
            self.high = self.high + 1 if runaway else 0
            self.recent.clear()

    @property
    def found(self) -> bool:
        return self.high >= BLOCKS

    @property
    def since(self) -> int:
        """The step after which the loss was high, once ``found``."""
        return self.seen - self.high * BLOCK
