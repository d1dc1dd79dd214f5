"""How the learning rate changes: pure functions of the step, so that nothing has to be saved. Imports no torch."""

import math


def factor(schedule: str, step: int, steps: int, warmup: float) -> float:
    """The share of the highest rate at ``step`` (0-based) of ``steps``: up during warm-up, then as the schedule says.

    "linear" and "cosine" fall to zero after the last step; "constant" stays.
    """
    warm = math.ceil(steps * warmup)
    if step < warm:
        return (step + 1) / warm
    done = (step - warm) / max(steps - warm, 1)
    match schedule:
        case "linear":
            return 1 - done
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * done))
        case "constant":
            return 1.0
    raise ValueError(f"no schedule is called {schedule!r}")  # the recipe admits none other
