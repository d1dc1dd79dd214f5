"""What the loop trains for question answering: an encoder on windows of questions with their contexts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.tasks import answer_pieces, unknown_pieces, what_learns
from workbench.tasks.answer_reader import IMPOSSIBLE, AnswerReader, Ids, Inputs, Windows
from workbench.tasks.answered_rows import Asked
from workbench.tasks.protocol import LearnerContext
from workbench.training.problem import Control, Reporter

if TYPE_CHECKING:
    import torch

MOST_WITHOUT = 3  # windows without the answer that are learned from, of each question


@dataclass(frozen=True)
class Lessons:
    """Questions of one part of the rows as windows, with the first and last of the places that each has to tell:
    0 is "no answer here", 1 the first piece of the window's context."""

    asked: list[Asked]
    windows: Windows
    first: NDArray[np.int64]
    last: NDArray[np.int64]

    def validation(self, reader: AnswerReader, scores: NDArray[np.float32]) -> dict[str, float]:
        """Loss a window, F1 and exact match of the answers by ``scores``; nothing when there are no questions."""
        from workbench.evaluate import answers

        if not self.asked:
            return {}
        given = [
            one.context[slice(*answer_pieces.located(one.context, *place))]
            for one, (_, place) in zip(self.asked, reader.choices(self.windows, scores), strict=True)
        ]
        return {"loss": self._loss(scores), **answers.quick([one.accepted for one in self.asked], given)}

    def _loss(self, scores: NDArray[np.float32]) -> float:
        at = np.concatenate([[0], np.cumsum(self.windows.places)])
        begins = at[:-1]
        losses = []
        for column, told in enumerate((self.first, self.last)):
            column_scores = scores[:, column].astype(np.float64)
            peaks = np.maximum.reduceat(column_scores, begins)
            whole = np.add.reduceat(np.exp(column_scores - np.repeat(peaks, np.diff(at))), begins)
            losses.append(np.log(whole) + peaks - column_scores[begins + told])
        return float(np.mean(losses))


def lessons(reader: AnswerReader, asked: Sequence[Asked], seed: int | None = None) -> Lessons:
    """The questions with what each of their windows has to tell. With a ``seed`` only windows to learn from: those that
    hold the whole answer, and a few of each question that do not; a question whose answer is in none teaches nothing.
    """
    windows = reader.windows([one.question for one in asked], [one.context for one in asked])
    spans = [None if one.place is None else windows.span(row, one.place) for row, one in enumerate(asked)]
    first, last = np.zeros(len(windows), dtype=np.int64), np.zeros(len(windows), dtype=np.int64)
    for window, row in enumerate(windows.rows.tolist()):
        span, begin, end = spans[row], int(windows.begins[window]), int(windows.ends[window])
        if span is not None and begin <= span[0] and span[1] < end:
            first[window], last[window] = 1 + span[0] - begin, 1 + span[1] - begin
    if seed is None:
        return Lessons(list(asked), windows, first, last)
    kept = _taught(windows, first, [not one.accepted for one in asked], seed)
    return Lessons(list(asked), windows.chosen(kept), first[kept], last[kept])


def longest_answer(reader: AnswerReader, asked: Sequence[Asked]) -> int:
    """The most word pieces of an answer among these, as the longest that a model may give."""
    texts = list(dict.fromkeys(one.context[slice(*one.place)] for one in asked if one.place is not None))
    return max((len(pieces.ids) for pieces in reader.pieces_of(texts)), default=1)


def _taught(windows: Windows, first: NDArray[np.int64], without: Sequence[bool], seed: int) -> NDArray[np.int64]:
    """Numbers of the windows to learn from, a pure function of the arguments."""
    kept: list[int] = []
    edges = np.searchsorted(windows.rows, np.arange(len(windows.questions) + 1)).tolist()
    for row, (start, end) in enumerate(pairwise(edges)):
        holding = [window for window in range(start, end) if first[window]]
        if not holding and not without[row]:
            continue
        rest = [window for window in range(start, end) if not first[window]]
        if len(rest) > MOST_WITHOUT:
            rest = np.random.default_rng([seed, row]).choice(rest, MOST_WITHOUT, replace=False).tolist()
        kept += sorted([*holding, *rest])
    return np.asarray(kept, dtype=np.int64)


class EncoderProblem:
    """The encoder learns, as much of it as the method says. Augmentation changes questions; contexts stay, since the
    answers stand in them."""

    headline = ("f1", True)

    def __init__(
        self, reader: AnswerReader, train: Sequence[Asked], held_out: Sequence[Asked], context: LearnerContext
    ) -> None:
        self.reader, self.train = reader, lessons(reader, train, context.seed)
        self._asked_held_out = held_out
        self._augment = context.augment.text if context.augment else None
        self._augmented: tuple[int, list[Ids]] | None = None
        pieces = _used(reader, self.train.windows)
        self._learning = what_learns.of_texts(reader.network, context.plan, context.seed, pieces)
        self.module, self.groups = self._learning.module, self._learning.groups

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        if fresh:
            unknown_pieces.tell(unknown(self.reader, self.train.windows), "words", reporter)
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (a question that grows takes no more room)
        return self.train.windows.lengths

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[Inputs, torch.Tensor]":
        """Windows, and the places of begin and end among their tokens: (windows, 2)."""
        import torch

        inputs = self.reader.batch(self.train.windows, rows, self._questions(epoch))
        starts = np.asarray(inputs.starts)[:, None]
        told = np.stack([self.train.first[list(rows)], self.train.last[list(rows)]], axis=1)
        places = np.where(told > 0, starts + told - 1, 0)
        return inputs, torch.from_numpy(places).to(self.reader.device)

    def loss(self, batch: "tuple[Inputs, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        inputs, places = batch
        scores = self.reader.network(inputs.ids, inputs.mask, inputs.parts).float()
        return begin_and_end(scores, inputs.tellable, places), 2 * len(places)

    def validate(self) -> Mapping[str, float]:
        scores = self.reader.each(self._held_out.windows, embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        return self._held_out.validation(self.reader, scores)

    def fitted(self) -> Any:
        from workbench.tasks.answer_fitted import AnswerFinderFitted

        self._learning.settle()
        return AnswerFinderFitted(self.reader)

    @cached_property
    def _held_out(self) -> Lessons:
        return lessons(self.reader, self._asked_held_out)

    def _questions(self, epoch: int) -> list[Ids] | None:
        """The questions as this epoch draws them: a pure function of the epoch, kept while it lasts."""
        if self._augment is None:
            return None
        if self._augmented is None or self._augmented[0] != epoch:
            texts = [self._augment(one.question, epoch, one.row) for one in self.train.asked]
            self._augmented = (epoch, self.reader.questions(texts))
        return self._augmented[1]


def unknown(reader: AnswerReader, windows: Windows) -> float:
    """The share of the contexts' words that the tokenizer has no piece for but the one for everything unknown."""
    contexts = {id(pieces.ids): pieces.ids for pieces in windows.contexts}.values()
    count, known = sum(map(len, contexts)), reader.tokenizer.unk_token_id
    return sum(int((ids == known).sum()) for ids in contexts) / count if count and known is not None else 0.0


def begin_and_end(scores: "torch.Tensor", tellable: "torch.Tensor", places: "torch.Tensor") -> "torch.Tensor":
    """The sum of the cross-entropies of where answers begin and end, among what can be told.

    ``scores`` are (windows, length, 2), ``tellable`` (windows, length), ``places`` (windows, 2).
    """
    from torch.nn.functional import cross_entropy

    possible = scores.masked_fill(~tellable.unsqueeze(-1), IMPOSSIBLE)
    return cross_entropy(possible, places, reduction="sum")


def _used(reader: AnswerReader, windows: Windows) -> NDArray[np.int64]:
    """Every word piece that training reads."""
    read = {int(row): windows.contexts[row].ids for row in np.unique(windows.rows)}
    contexts = {id(ids): ids for ids in read.values()}
    parts = [*contexts.values(), *(windows.questions[row] for row in read)]
    special = np.asarray([*reader.frame.before, *reader.frame.between, *reader.frame.behind], dtype=np.int32)
    return np.unique(np.concatenate([*(np.unique(part) for part in parts), special])).astype(np.int64)
