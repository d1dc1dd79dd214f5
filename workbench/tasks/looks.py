"""Looks at texts without learning from them, some at a time, for as long as nobody wants it to end."""

from collections.abc import Callable, Sequence
from typing import Any

from workbench.training.problem import Reporter

AT_ONCE = 32  # texts in one forward pass without learning
POLL_ROWS = 256  # texts between two looks at what the user asks for


def each(
    network: Any, lengths: Sequence[int], look: Callable[[list[int]], None], reporter: Reporter | None = None
) -> bool:
    """Give ``look`` the numbers of all texts, the longest first; False when a pause or cancel cut it short."""
    import torch

    from workbench.training.batches import in_order_of_length

    learning, done, polled = network.training, 0, 0
    network.eval()
    try:
        with torch.no_grad():
            for rows in in_order_of_length(lengths, AT_ONCE):
                look(rows)
                done += len(rows)
                if reporter is not None and done - polled >= POLL_ROWS:
                    polled = done
                    if reporter.control() in ("pause", "cancel"):
                        return False
        return True
    finally:
        network.train(learning)
