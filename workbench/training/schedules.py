"""How the learning rate changes: pure functions of the step and of what was validated before, so that nothing has to be
saved beside the history. Imports no torch."""

import math
from collections.abc import Sequence

# One cycle (Smith and Topin, arXiv:1708.07120), with the usual shares of torch.optim.lr_scheduler.OneCycleLR.
PEAK = 0.3  # of all steps: where the rate is highest
BEGIN, END = 1 / 25, 1 / 250_000  # of the highest rate
PATIENCE = 2  # validations without improvement after which "plateau" halves the rate
BETTER = 1e-4  # relative: what counts as one


def factor(schedule: str, step: int, steps: int, warmup: float, losses: Sequence[float] = ()) -> float:
    """The share of the highest rate at ``step`` (0-based) of ``steps``: up during warm-up, then as the schedule says.

    "linear" and "cosine" fall to zero after the last step; "constant" stays; "one-cycle" rises for nearly a third of
    all steps, whatever the warm-up, and falls below its start; "plateau" halves when the validation ``losses`` so far
    did not fall twice in a row.
    """
    if schedule == "one-cycle":
        return _one_cycle(step / max(steps - 1, 1))
    warm = math.ceil(steps * warmup)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(steps - warm, 1)
    match schedule:
        case "linear":
            return 1 - done
        case "cosine":
            return _between(1.0, 0.0, done)
        case "constant":
            return 1.0
        case "plateau":
            return _plateau(losses)
    raise ValueError(f"no schedule is called {schedule!r}")  # the recipe admits none other


def _one_cycle(done: float) -> float:
    if done < PEAK:
        return _between(BEGIN, 1.0, done / PEAK)
    return _between(1.0, END, (done - PEAK) / (1 - PEAK))


def _between(begin: float, end: float, share: float) -> float:
    """From ``begin`` to ``end`` along half a cosine."""
    return end + (begin - end) * 0.5 * (1 + math.cos(math.pi * share))


def _plateau(losses: Sequence[float]) -> float:
    best, stale, share = math.inf, 0, 1.0
    for loss in losses:
        if loss < best * (1 - BETTER):
            best, stale = loss, 0
            continue
        stale += 1
        if stale == PATIENCE:
            share, stale = share / 2, 0
    return share
