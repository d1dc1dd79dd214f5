"""How an encoder reads questions with their contexts: in windows that overlap, of which each scores its own answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.tasks import answer_pieces, looks
from workbench.tasks.answer_pieces import Choice, Frame
from workbench.tasks.answered_rows import Place
from workbench.training.problem import Reporter
from workbench.training.rules import MULTIPLE

if TYPE_CHECKING:
    import torch

    from workbench.networks.answer_finder import AnswerFinder

IMPOSSIBLE = -1e4  # the score of what cannot be an answer: finite in every precision
TEXTS_AT_ONCE = 1000  # for the tokenizer

Ids = NDArray[np.int32]


class Pieces(NamedTuple):
    """A context's word pieces, and the characters (first, after the last) that each stands for: (pieces, 2)."""

    ids: Ids
    lies: Ids


@dataclass(frozen=True, slots=True)
class Windows:
    """Questions with their contexts, cut: window i is that of the question ``rows[i]`` with the pieces ``begins[i]`` to
    ``ends[i]`` of its context. ``lengths`` count all tokens, and ``places`` of each those that can be told: the first
    token, which stands for no answer, and the context's pieces."""

    questions: list[Ids]
    contexts: list[Pieces]
    rows: NDArray[np.int64]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]
    lengths: list[int]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def places(self) -> NDArray[np.int64]:
        return 1 + self.ends - self.begins

    def chosen(self, kept: NDArray[np.int64]) -> "Windows":
        """Some of the windows; questions and contexts keep their numbers."""
        lengths = [self.lengths[window] for window in kept.tolist()]
        return Windows(self.questions, self.contexts, self.rows[kept], self.begins[kept], self.ends[kept], lengths)

    def span(self, row: int, place: Place) -> tuple[int, int] | None:
        """First and last piece of the context that hold any of these characters; None without any."""
        lies = self.contexts[row].lies
        first = int(np.searchsorted(lies[:, 1], place[0], side="right"))
        last = int(np.searchsorted(lies[:, 0], place[1], side="left")) - 1
        return (first, last) if first <= last else None


@dataclass(frozen=True, slots=True)
class Inputs:
    """Padded windows: ``ids``, ``mask`` and ``parts`` (1 from where the context begins) have shape (windows, length);
    the context's pieces of window i begin at ``starts[i]``, ``counts[i]`` of them; ``tellable`` marks what can be
    told."""

    ids: "torch.Tensor"
    mask: "torch.Tensor"
    parts: "torch.Tensor"
    tellable: "torch.Tensor"
    starts: list[int]
    counts: list[int]


@dataclass
class AnswerReader:
    """A pretrained model with its tokenizer, and how questions become batches for it.

    ``longest`` is the most word pieces of an answer; ``may_be_none`` says that it learned to give none.
    """

    network: "AnswerFinder"
    tokenizer: Any
    max_length: int
    longest: int
    may_be_none: bool
    device: str

    @cached_property
    def frame(self) -> Frame:
        return answer_pieces.frame_of(self.tokenizer)

    def windows(self, questions: Sequence[str], contexts: Sequence[str]) -> Windows:
        """Every question with all of its context; a context that several share is cut into word pieces once."""
        asked = self.questions(questions)
        different = list(dict.fromkeys(contexts))
        pieces = dict(zip(different, self.pieces_of(different), strict=True))
        read = [pieces[context] for context in contexts]
        rows: list[int] = []
        ends: list[tuple[int, int]] = []
        for row, (question, context) in enumerate(zip(asked, read, strict=True)):
            room = self.max_length - self.frame.size - len(question)
            cut = answer_pieces.windows(len(context.ids), room, answer_pieces.shared_by(room, self.longest))
            ends += cut
            rows += [row] * len(cut)
        places = np.asarray(ends, dtype=np.int64).reshape(-1, 2)
        lengths = [
            self.frame.size + len(asked[row]) + end - begin for row, (begin, end) in zip(rows, ends, strict=True)
        ]
        return Windows(asked, read, np.asarray(rows, dtype=np.int64), places[:, 0], places[:, 1], lengths)

    def questions(self, texts: Sequence[str]) -> list[Ids]:
        """Their word pieces; of a question that is longer than all texts can be, its beginning."""
        most = self.max_length // answer_pieces.QUESTION_SHARE
        return [found.ids[:most] for found in self.pieces_of(texts)]

    def batch(self, windows: Windows, chosen: Sequence[int], questions: Sequence[Ids] | None = None) -> Inputs:
        """Some windows, padded; other ``questions`` than their own are cut to what the windows leave them."""
        import torch

        from workbench.training.batches import padded

        frame, asked = self.frame, windows.questions if questions is None else questions
        rows, starts, counts = [], [], []
        for window in chosen:
            row, begin, end = int(windows.rows[window]), int(windows.begins[window]), int(windows.ends[window])
            question = asked[row][: self.max_length - frame.size - (end - begin)].tolist()
            context = windows.contexts[row].ids[begin:end].tolist()
            rows.append([*frame.before, *question, *frame.between, *context, *frame.behind])
            starts.append(len(frame.before) + len(question) + len(frame.between))
            counts.append(end - begin)
        length = padded(max(map(len, rows)), multiple=MULTIPLE, limit=self.max_length)
        ids = np.full((len(rows), length), self.tokenizer.pad_token_id, dtype=np.int64)
        mask, parts = np.zeros_like(ids), np.zeros_like(ids)
        tellable = np.zeros(ids.shape, dtype=bool)
        tellable[:, 0] = True
        for place, (tokens, start, count) in enumerate(zip(rows, starts, counts, strict=True)):
            ids[place, : len(tokens)], mask[place, : len(tokens)] = tokens, 1
            parts[place, start : len(tokens)] = 1
            tellable[place, start : start + count] = True
        given = [torch.from_numpy(array).to(self.device) for array in (ids, mask, parts, tellable)]
        return Inputs(given[0], given[1], given[2], given[3], starts, counts)

    def each(self, windows: Windows, *, embed: bool, reporter: Reporter | None = None) -> "NDArray[np.float32] | None":
        """States or the two scores of everything that can be told in all windows, one after the other, without
        learning: (sum of ``places``, width); None when a pause or cancel cut it short."""
        network = self.network
        ends = np.cumsum(windows.places)
        width = network.head.in_features if embed else network.head.out_features
        found = np.empty((int(ends[-1]) if len(ends) else 0, width), dtype=np.float32)

        def look(chosen: list[int]) -> None:
            batch = self.batch(windows, chosen)
            ask = network.embed if embed else network
            numbers = ask(batch.ids, batch.mask, batch.parts).float().cpu().numpy()
            for place, window in enumerate(chosen):
                start, count = batch.starts[place], batch.counts[place]
                found[ends[window] - count : ends[window]] = numbers[place, start : start + count]
                found[ends[window] - count - 1] = numbers[place, 0]

        return found if looks.each(network, windows.lengths, look, reporter) else None

    def choices(self, windows: Windows, scores: NDArray[np.float32]) -> list[tuple[Choice, Place]]:
        """The best answer to every question by the scores that ``each`` gives, and its characters in the context;
        (0, 0) where there is no answer."""
        at = np.concatenate([[0], np.cumsum(windows.places)])
        edges = np.searchsorted(windows.rows, np.arange(len(windows.questions) + 1))
        found = []
        for row, (first, last) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
            best = []
            for window in range(first, last):
                told = scores[at[window] : at[window + 1]].astype(np.float64)
                nothing = float(told[0].sum())
                best.append(answer_pieces.best(told[1:, 0], told[1:, 1], nothing, self.longest))
            choice = answer_pieces.choose(best, may_be_none=self.may_be_none)
            found.append((choice, self._place(windows, row, first, choice)))
        return found

    def _place(self, windows: Windows, row: int, first: int, choice: Choice) -> Place:
        if choice.window is None:
            return 0, 0
        begin, lies = int(windows.begins[first + choice.window]), windows.contexts[row].lies
        return int(lies[begin + choice.first, 0]), int(lies[begin + choice.last, 1])

    def pieces_of(self, texts: Sequence[str]) -> list[Pieces]:
        from workbench.networks.tokens import encodable

        found: list[Pieces] = []
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            encoded = self.tokenizer(
                [encodable(text) for text in texts[start : start + TEXTS_AT_ONCE]],
                add_special_tokens=False,
                truncation=False,
                padding=False,
                return_attention_mask=False,
                return_token_type_ids=False,
                return_offsets_mapping=True,
                verbose=False,
            )
            for ids, lies in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
                places = np.asarray(lies, dtype=np.int32).reshape(-1, 2)
                found.append(Pieces(np.asarray(ids, dtype=np.int32), places))
        return found
