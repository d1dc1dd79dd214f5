"""What the loop trains when only the head learns to answer: on states of word pieces that were computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.tasks import encoder_files, head_problem, heads, unknown_pieces
from workbench.tasks.answer_learner import Lessons, lessons, unknown
from workbench.tasks.answer_reader import AnswerReader
from workbench.tasks.answered_rows import Asked
from workbench.tasks.protocol import LearnerContext
from workbench.training.problem import Control, Group, Reporter

if TYPE_CHECKING:
    import torch

MOST_STATES = 60_000  # word pieces that a head learns from: solving takes a minute, and more hardly move it
Features = NDArray[np.float32]  # (places of all windows, width)


@dataclass(frozen=True, slots=True)
class PlaceLoss:
    """Cross-entropy of where answers begin and end; ``owner`` is the window of every place, counted from 0."""

    owner: "torch.Tensor"

    def __call__(self, scores: "torch.Tensor", truth: "torch.Tensor") -> "torch.Tensor":
        """Losses (windows, 2) of scores (places, 2); ``truth`` are the right ones among all places, (windows, 2)."""
        import torch

        owners = self.owner.unsqueeze(-1).expand_as(scores)
        peaks = torch.full(truth.shape, -torch.inf, dtype=scores.dtype, device=scores.device)
        peaks = peaks.scatter_reduce(0, owners, scores.detach(), "amax")
        whole = torch.zeros_like(peaks).scatter_add(0, owners, (scores - peaks[self.owner]).exp())
        return whole.log() + peaks - scores.gather(0, truth)


class HeadProblem:
    """The head starts from the solution of its problem, and the loop refines it."""

    headline = ("f1", True)

    def __init__(
        self, reader: AnswerReader, train: Sequence[Asked], held_out: Sequence[Asked], context: LearnerContext
    ) -> None:
        self.reader, self.context = reader, context
        self.train = _some(lessons(reader, train, context.seed), context.seed)
        self._held_out = _fitting(reader, held_out)
        self._features, self._held_out_features = (
            np.empty((0, reader.network.head.in_features), dtype=np.float32) for _ in range(2)
        )

    @property
    def module(self) -> "torch.nn.Module":
        return self.reader.network.head

    @cached_property
    def groups(self) -> list[Group]:
        weight, bias = self.reader.network.head.parameters()
        return [Group([weight]), Group([bias], decay=False)]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        from workbench.training import precision

        reporter.progress(phase="features")
        found = []
        with precision.build(self.context.plan).context():
            for part in (self.train, self._held_out):
                features = self._states(part, reporter)
                if features is None:
                    return reporter.control()
                found.append(features)
        self._features, self._held_out_features = found
        if fresh:
            unknown_pieces.tell(unknown(self.reader, self.train.windows), "words", reporter)
            self._solve()
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return self.train.windows.lengths

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[torch.Tensor, PlaceLoss, torch.Tensor]":  # noqa: ARG002
        """States of all places of some windows, what they cost, and the right places among them."""
        import torch

        ends = np.cumsum(self.train.windows.places)
        counts = self.train.windows.places[list(rows)]
        picked = [np.arange(ends[row] - count, ends[row]) for row, count in zip(rows, counts.tolist(), strict=True)]
        features = torch.from_numpy(self._features[np.concatenate(picked)])
        owner, truth = _owner(counts), _truth(self.train, rows)
        device = self.reader.device
        return features.to(device), PlaceLoss(owner.to(device)), truth.to(device)

    def loss(self, batch: "tuple[torch.Tensor, PlaceLoss, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        features, price, truth = batch
        return price(self._scores(features), truth).sum(), 2 * len(truth)

    def validate(self) -> Mapping[str, float]:
        import torch

        features = torch.from_numpy(np.array(self._held_out_features)).to(self.reader.device)
        return self._held_out.validation(self.reader, self._scores(features).cpu().numpy())

    def fitted(self) -> Any:
        from workbench.tasks.answer_fitted import AnswerFinderFitted

        return AnswerFinderFitted(self.reader)

    def _scores(self, features: "torch.Tensor") -> "torch.Tensor":
        network = self.reader.network
        scores: torch.Tensor = network.head(features * network.scale)
        return scores.float()

    def _solve(self) -> None:
        import torch

        everything = range(len(self.train.windows))
        truth, owner = _truth(self.train, everything).numpy(), _owner(self.train.windows.places)
        inputs = np.asarray(self._features) * np.float32(self.reader.network.scale)
        strengths = heads.STRENGTHS if self._held_out.asked else (heads.USUAL_STRENGTH,)

        def loss() -> float:
            with torch.no_grad():
                return self.validate().get("loss", 0.0)

        heads.start_from_solution(self.reader.network.head, inputs, truth, strengths, loss, PlaceLoss(owner))

    def _states(self, part: Lessons, reporter: Reporter) -> Features | None:
        windows = part.windows
        texts = (f"{len(one.question)}\0{one.question}\0{one.context}" for one in part.asked)
        cuts = np.stack([windows.rows, windows.begins, windows.ends]).tobytes()
        basis = encoder_files.basis(self.context, self.reader.max_length)
        return head_problem.kept(
            self.context.cache,
            head_problem.key(f"answers {basis}", cuts, *(text.encode("utf-8", "surrogatepass") for text in texts)),
            lambda: self.reader.each(windows, embed=True, reporter=reporter),
        )


def _owner(counts: NDArray[np.int64]) -> "torch.Tensor":
    import torch

    return torch.from_numpy(np.repeat(np.arange(len(counts)), counts))


def _truth(part: Lessons, rows: Sequence[int]) -> "torch.Tensor":
    """The right places of the windows ``rows``, counted through all of their places: (windows, 2)."""
    import torch

    counts = part.windows.places[list(rows)]
    begins = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return torch.from_numpy(np.stack([begins + told[list(rows)] for told in (part.first, part.last)], axis=1))


def _some(part: Lessons, seed: int) -> Lessons:
    """Windows with at most ``MOST_STATES`` places, drawn by ``seed``."""
    places = part.windows.places
    if int(places.sum()) <= MOST_STATES:
        return part
    order = np.random.default_rng(seed).permutation(len(places))
    count = max(1, int(np.searchsorted(np.cumsum(places[order]), MOST_STATES, side="right")))
    kept = np.sort(order[:count])
    return Lessons(part.asked, part.windows.chosen(kept), part.first[kept], part.last[kept])


def _fitting(reader: AnswerReader, asked: Sequence[Asked]) -> Lessons:
    """The first questions whose windows have at most ``MOST_STATES`` places together; such as are longer are passed
    over."""
    whole = lessons(reader, asked)
    counts = np.bincount(whole.windows.rows, weights=whole.windows.places, minlength=len(asked))
    if counts.sum() <= MOST_STATES:
        return whole
    kept, room = [], MOST_STATES
    for one, count in zip(asked, counts.tolist(), strict=True):
        if count <= room:
            kept.append(one)
            room -= count
    return lessons(reader, kept)
