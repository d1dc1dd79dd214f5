"""How much each of several models counts, and how sure it may be: a few numbers, learned from rows new to them."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

PRIOR = 3.0  # pulls towards the expected weights: a mean is hard to beat with few rows (docs/training.md)


class Blend(nn.Module):
    """The weighted mean of the members' answers: probabilities of ``labels`` labels, or one number where that is 0.

    ``expected`` is how much each member would count if nothing were known, in any unit.
    """

    expected: Tensor  # their logarithms
    centre: Tensor
    spread: Tensor

    def __init__(self, expected: Sequence[float], labels: int, centre: float = 0.0, spread: float = 1.0) -> None:
        super().__init__()
        self.labels = labels
        self.register_buffer("expected", torch.tensor(expected, dtype=torch.float64).log())
        self.share = nn.Parameter(self.expected.clone())
        self.log_sharpness = nn.Parameter(torch.zeros_like(self.expected), requires_grad=labels > 0)
        self.register_buffer("centre", torch.tensor(centre, dtype=torch.float64))
        self.register_buffer("spread", torch.tensor(spread, dtype=torch.float64))

    @property
    def weights(self) -> tuple[float, ...]:
        """One a member; they add up to 1."""
        return tuple(self.share.detach().softmax(dim=0).tolist())

    @property
    def sharpness(self) -> tuple[float, ...]:
        return tuple(self.log_sharpness.detach().exp().tolist())

    def losses(self, scores: Tensor, truth: Tensor) -> Tensor:
        """Each row's loss, from ``scores`` (members, rows, labels or 1): the logarithm of what was believed of the
        truth, or the squared distance to it in spreads."""
        if not self.labels:
            return (torch.einsum("m,mr->r", self.share.softmax(dim=0), scores[:, :, 0]) - truth).square()
        believed = (scores * self.log_sharpness.exp()[:, None, None]).log_softmax(dim=2)
        of_truth = believed.gather(2, truth.expand(len(scores), -1)[:, :, None])[:, :, 0]
        return -(self.share.log_softmax(dim=0)[:, None] + of_truth).logsumexp(dim=0)

    def solve(self, scores: NDArray[np.float64], truth: NDArray[np.float64] | NDArray[np.int64]) -> float:
        """Set everything to what fits these rows best, as a prior allows, by L-BFGS; returns the mean loss."""
        given, wanted = torch.from_numpy(scores), torch.from_numpy(truth)
        learned = [parameter for parameter in self.parameters() if parameter.requires_grad]
        solver = torch.optim.LBFGS(learned, max_iter=100, line_search_fn="strong_wolfe")

        def objective() -> Tensor:
            solver.zero_grad()
            pull = PRIOR * (self.share - self.expected).square().sum() + self.log_sharpness.square().sum()
            loss = self.losses(given, wanted).mean() + pull / len(wanted)
            loss.backward()
            return loss

        solver.step(objective)
        with torch.no_grad():
            return self.losses(given, wanted).mean().item()
