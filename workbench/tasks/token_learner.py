"""What the loop trains for token classification: the whole model, or a head on states that were computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.tasks import encoder_files, head_problem, label_loss, looks, unknown_pieces, what_learns, word_pieces
from workbench.tasks.protocol import LearnerContext, Split
from workbench.tasks.staged import StagedProblem
from workbench.tasks.tagged_words import Sentence, learnt, tags_of
from workbench.tasks.word_pieces import Place
from workbench.training.problem import Control, Reporter
from workbench.training.rules import MULTIPLE

if TYPE_CHECKING:
    import torch

    from workbench.networks.token_classifier import TokenClassifier
    from workbench.networks.tokens import Batch, Tokens

MOST_STATES = 200_000  # words that a head learns from: 300 MB with states of 384 numbers
NOTHING = -100  # the label of word pieces that have none


@dataclass(frozen=True, slots=True)
class Windows:
    """Texts cut into what the encoder reads at once, with its special tokens.

    In window i the words ``words[i]`` (numbered through all texts) begin at the pieces ``pieces[i]``. A word that has
    no piece, such as a control character, is in no window.
    """

    tokens: "Tokens"
    pieces: list[NDArray[np.int64]]
    words: list[NDArray[np.int64]]

    def __len__(self) -> int:
        return len(self.pieces)


def classifier(seed: int = 0) -> encoder_files.Build:
    """How an encoder becomes a classifier of words by types of entities, with a new layer that hangs on ``seed``."""
    from workbench.networks.token_classifier import TokenClassifier

    return lambda encoder, width, types: TokenClassifier(encoder, width, len(tags_of(types)), seed)


@dataclass
class TokenReader:
    """A pretrained model with its tokenizer, and how texts become batches for it; ``way`` is that of word_pieces."""

    network: "TokenClassifier"
    tokenizer: Any
    types: tuple[str, ...]
    way: str
    max_length: int
    device: str

    def windows(self, texts: Sequence[tuple[str, Sequence[Place]]]) -> Windows:
        """Texts with the places of their words, as windows."""
        from workbench.networks.tokens import Tokens, encodable

        before, behind = _special(self.tokenizer)
        room = self.max_length - len(before) - len(behind)
        flat: list[int] = []
        offsets, pieces, words, number = [0], [], [], 0
        for start in range(0, len(texts), 1000):
            spaced = [word_pieces.spaced(text, places) for text, places in texts[start : start + 1000]]
            encoded = self.tokenizer(
                [encodable(text) for text, _ in spaced],
                add_special_tokens=False,
                truncation=False,
                padding=False,
                return_attention_mask=False,
                return_token_type_ids=False,
                return_offsets_mapping=True,
                verbose=False,
            )
            for (_, places), ids, lies in zip(spaced, encoded["input_ids"], encoded["offset_mapping"], strict=True):
                firsts = word_pieces.first_pieces(places, lies)
                known = np.asarray([word for word, piece in enumerate(firsts) if piece is not None], dtype=np.int64)
                at = np.asarray([piece for piece in firsts if piece is not None], dtype=np.int64)
                for window in word_pieces.windows(len(ids), room):
                    own = (at >= window.own_begin) & (at < window.own_end)
                    flat += [*before, *ids[window.begin : window.end], *behind]
                    offsets.append(len(flat))
                    pieces.append(at[own] - window.begin + len(before))
                    words.append(known[own] + number)
                number += len(places)
        tokens = Tokens(np.asarray(flat, dtype=np.int32), np.asarray(offsets, dtype=np.int64))
        return Windows(tokens, pieces, words)

    def unknown(self, windows: Windows) -> float:
        """The share of words that the tokenizer has no piece for but the one for everything unknown."""
        tokens, known = windows.tokens, self.tokenizer.unk_token_id
        firsts = [tokens.ids[start + at] for start, at in zip(tokens.offsets, windows.pieces, strict=False)]
        pieces = np.concatenate(firsts) if firsts else np.empty(0, dtype=np.int32)
        return float((pieces == known).mean()) if len(pieces) and known is not None else 0.0

    def batch(self, windows: Windows, rows: Sequence[int]) -> "Batch":
        from workbench.networks.tokens import collate
        from workbench.training.batches import padded

        tokens = windows.tokens
        longest = max(int(tokens.offsets[row + 1] - tokens.offsets[row]) for row in rows)
        length = padded(longest, multiple=MULTIPLE, limit=self.max_length)
        return collate(tokens, rows, length, self.tokenizer.pad_token_id, self.device)

    def each(
        self, windows: Windows, words: int, *, embed: bool, reporter: Reporter | None = None
    ) -> "NDArray[np.float32] | None":
        """States or tag scores of all ``words``, without learning; None when a pause or cancel cut it short.

        A word without a piece has zeros, with which the first tag, O, wins.
        """
        network = self.network
        found = np.zeros((words, network.head.in_features if embed else network.head.out_features), dtype=np.float32)

        def look(rows: list[int]) -> None:
            batch = self.batch(windows, rows)
            output = network.embed(batch.ids, batch.mask) if embed else network(batch.ids, batch.mask)
            numbers = output.float().cpu().numpy()
            for place, row in enumerate(rows):
                found[windows.words[row]] = numbers[place, windows.pieces[row]]

        return found if looks.each(network, windows.tokens.lengths, look, reporter) else None


@dataclass(frozen=True)
class Part:
    """Sentences of one part of the rows, and their words as one long row."""

    sentences: list[Sentence]

    @cached_property
    def tags(self) -> NDArray[np.int64]:
        """The number of every word's tag."""
        parts = [sentence.tags for sentence in self.sentences]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)

    @cached_property
    def texts(self) -> list[tuple[str, list[Place]]]:
        return [(sentence.text, sentence.places) for sentence in self.sentences]

    def validation(self, scores: NDArray[np.float32], types: Sequence[str]) -> dict[str, float]:
        """Loss a word, and precision, recall and F1 of entities; nothing when there are no words."""
        from workbench.evaluate import entities

        if not len(self.tags):
            return {}
        shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
        losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(self.tags)), self.tags]
        true, found = (self._entities(numbers, types) for numbers in (self.tags, scores.argmax(axis=1)))
        return {"loss": float(losses.mean()), **entities.quick(true, found)}

    def _entities(self, numbers: NDArray[np.int64], types: Sequence[str]) -> list[list[tuple[int, int, str]]]:
        names, at, found = tags_of(types), 0, []
        for sentence in self.sentences:
            end = at + len(sentence.places)
            found.append(word_pieces.entities([names[number] for number in numbers[at:end]]))
            at = end
        return found


def problem(reader: TokenReader, split: Split, context: LearnerContext) -> Any:
    """What the loop trains, by the plan's method."""
    train, held_out = (Part(learnt(part, reader.way, reader.types)) for part in (split.train, split.validation))
    method = context.plan.method
    rest = EncoderProblem(reader, train, held_out, context) if method != "head" else None
    if rest is not None and method != "staged":
        return rest
    learnt_from = _some(train, context.seed)
    supply = States(reader, learnt_from, held_out, context)
    labels = (learnt_from.tags, held_out.tags)
    head = head_problem.HeadProblem(supply, reader.network, labels, context, ("f1", True), supply.validation)
    return head if rest is None else StagedProblem(head, rest)


class EncoderProblem:
    """The encoder learns, as much of it as the method says."""

    headline = ("f1", True)

    def __init__(self, reader: TokenReader, train: Part, held_out: Part, context: LearnerContext) -> None:
        self.reader, self.train, self.held_out = reader, train, held_out
        self._loss = label_loss.build(context.plan, train.tags, len(tags_of(reader.types)))
        self._windows = reader.windows(train.texts)
        pieces = np.unique(self._windows.tokens.ids).astype(np.int64)
        self._learning = what_learns.of_texts(reader.network, context.plan, context.seed, pieces)
        self.module, self.groups = self._learning.module, self._learning.groups

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        if fresh:
            _say_if_unknown(self.reader, self._windows, reporter)
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return self._windows.tokens.lengths

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[Batch, torch.Tensor]":  # noqa: ARG002
        import torch

        inputs = self.reader.batch(self._windows, rows)
        labels = np.full(tuple(inputs.ids.shape), NOTHING, dtype=np.int64)
        for place, row in enumerate(rows):
            labels[place, self._windows.pieces[row]] = self.train.tags[self._windows.words[row]]
        return inputs, torch.from_numpy(labels).to(self.reader.device)

    def loss(self, batch: "tuple[Batch, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        inputs, labels = batch
        known = labels != NOTHING
        scores = self.reader.network(inputs.ids, inputs.mask).float()[known]
        return self._loss(scores, labels[known]).sum(), max(1, len(scores))

    def validate(self) -> Mapping[str, float]:
        scores = self.reader.each(self._held_out_windows, len(self.held_out.tags), embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        return self.held_out.validation(scores, self.reader.types)

    def fitted(self) -> Any:
        from workbench.tasks.token_fitted import TokenClassifierFitted

        self._learning.settle()
        return TokenClassifierFitted(self.reader)

    @cached_property
    def _held_out_windows(self) -> Windows:
        return self.reader.windows(self.held_out.texts)


@dataclass(frozen=True)
class States:
    """The states of words for a head (``head_problem.Supply``), kept by the texts and all that they depend on."""

    reader: TokenReader
    train: Part
    held_out: Part
    context: LearnerContext
    views: int = 1

    def features(self, view: int, reporter: Reporter) -> NDArray[np.float32] | None:  # noqa: ARG002  (there is one)
        return self._states(self.train, reporter)

    def held_out_features(self, reporter: Reporter) -> NDArray[np.float32] | None:
        return self._states(self.held_out, reporter)

    def validation(self, scores: NDArray[np.float32], truth: NDArray[np.int64]) -> dict[str, float]:  # noqa: ARG002
        return self.held_out.validation(scores, self.reader.types)

    def fitted(self) -> Any:
        from workbench.tasks.token_fitted import TokenClassifierFitted

        return TokenClassifierFitted(self.reader)

    def _states(self, part: Part, reporter: Reporter) -> NDArray[np.float32] | None:
        samples = (f"{len(text)}\0{text}\0{places}".encode("utf-8", "surrogatepass") for text, places in part.texts)
        return head_problem.kept(
            self.context.cache,
            head_problem.key(f"words {self._basis}", *samples),
            lambda: self._computed(part, reporter),
        )

    def _computed(self, part: Part, reporter: Reporter) -> NDArray[np.float32] | None:
        windows = self.reader.windows(part.texts)
        if part is self.train:
            _say_if_unknown(self.reader, windows, reporter)
        return self.reader.each(windows, len(part.tags), embed=True, reporter=reporter)

    @cached_property
    def _basis(self) -> str:
        return encoder_files.basis(self.context, self.reader.max_length)


def _say_if_unknown(reader: TokenReader, windows: Windows, reporter: Reporter) -> None:
    unknown_pieces.tell(reader.unknown(windows), _called(reader.way), reporter)


def _called(way: str) -> str:
    return "characters" if way == word_pieces.CHARACTERS else "words"


def _some(part: Part, seed: int) -> Part:
    """Sentences with at most ``MOST_STATES`` words, drawn by ``seed``."""
    if len(part.tags) <= MOST_STATES:
        return part
    order = np.random.default_rng(seed).permutation(len(part.sentences))
    ends = np.cumsum([len(part.sentences[row].places) for row in order])
    chosen = order[: max(1, int(np.searchsorted(ends, MOST_STATES, side="right")))]
    return Part([part.sentences[row] for row in sorted(chosen.tolist())])


def _special(tokenizer: Any) -> tuple[list[int], list[int]]:
    """The special tokens that the tokenizer puts before and behind a text."""
    encoded = tokenizer("a", return_special_tokens_mask=True)
    ids, special = encoded["input_ids"], encoded["special_tokens_mask"]
    before = special.index(0) if 0 in special else len(special)
    behind = special[::-1].index(0) if 0 in special else 0
    return ids[:before], ids[len(ids) - behind :] if behind else []
