"""What the loop trains for answers to whole texts: the model, or a head on features that were computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.augment.catalogue import TextAugmenter
from workbench.tasks import encoder_files, head_problem, looks, what_learns
from workbench.tasks.head_problem import HeadProblem
from workbench.tasks.protocol import Fitted, LearnerContext, Split
from workbench.tasks.staged import StagedProblem
from workbench.tasks.text_answers import Labels, Numbers, Rows
from workbench.training.problem import Control, Problem, Reporter
from workbench.training.rules import MULTIPLE

if TYPE_CHECKING:
    import torch

    from workbench.networks.text_encoder import TextClassifier
    from workbench.networks.tokens import Batch, Tokens


def classifier(seed: int = 0) -> encoder_files.Build:
    """How an encoder becomes a classifier of texts, with a new layer whose weights depend on ``seed``."""
    from workbench.networks.text_encoder import TextClassifier

    return lambda encoder, width, labels: TextClassifier(encoder, width, len(labels), seed)


@dataclass
class Encoded:
    """A pretrained model with its tokenizer, and how texts become batches for it."""

    network: "TextClassifier"
    tokenizer: Any
    labels: tuple[str, ...]
    max_length: int
    device: str
    cache: Path | None = None

    def tokens(self, texts: Sequence[str], *, keep: bool = True) -> "Tokens":
        from workbench.networks.tokens import tokenise

        return tokenise(texts, self.tokenizer, self.max_length, self.cache if keep else None)

    def batch(self, tokens: "Tokens", rows: Sequence[int]) -> "Batch":
        from workbench.networks.tokens import collate
        from workbench.training.batches import padded

        longest = max(int(tokens.offsets[row + 1] - tokens.offsets[row]) for row in rows)
        length = padded(longest, multiple=MULTIPLE, limit=self.max_length)
        return collate(tokens, rows, length, self.tokenizer.pad_token_id, self.device)

    def each(self, tokens: "Tokens", *, embed: bool, reporter: Reporter | None = None) -> "NDArray[np.float32] | None":
        """Embeddings or label scores of all texts, without learning; None when a pause or cancel cut it short."""
        network = self.network
        width = network.head.in_features if embed else network.head.out_features
        found = np.empty((len(tokens.lengths), width), dtype=np.float32)

        def look(rows: list[int]) -> None:
            batch = self.batch(tokens, rows)
            output = network.embed(batch.ids, batch.mask) if embed else network(batch.ids, batch.mask)
            found[rows] = output.float().cpu().numpy()

        return found if looks.each(network, tokens.lengths, look, reporter) else None


def problem(encoded: Encoded, answers: Labels | Numbers, split: Split, context: LearnerContext) -> Problem:
    """What is trained by the plan's method."""
    method = context.plan.method
    rest = EncoderProblem(encoded, answers, split, context) if method != "head" else None
    if rest is not None and method != "staged":
        return rest
    train, held_out = answers.rows(split.train), answers.rows(split.validation)
    head = HeadProblem(
        TextFeatures(encoded, answers, train, held_out, context),
        encoded.network,
        (train.truth, held_out.truth),
        context,
        answers.headline,
        answers.validation,
        answers.price(context.plan, train.truth),
        (answers.strengths, answers.usual_strength),
    )
    return head if rest is None else StagedProblem(head, rest)


class EncoderProblem:
    """The encoder learns, as much of it as the method says. The head starts from what some rows tell, which gives the
    first epoch a lead."""

    def __init__(self, encoded: Encoded, answers: Labels | Numbers, split: Split, context: LearnerContext) -> None:
        self.encoded, self.answers, self.context = encoded, answers, context
        self.augment = context.augment.text if context.augment else None
        self.train = answers.rows(split.train)
        self.held_out = answers.rows(split.validation)
        self._augmented: tuple[int, Tokens] | None = None
        self._loss = answers.price(context.plan, self.train.truth)
        pieces = np.unique(self._plain_tokens.ids).astype(np.int64)
        self._learning = what_learns.of_texts(encoded.network, context.plan, context.seed, pieces)
        self.module, self.groups = self._learning.module, self._learning.groups

    @property
    def headline(self) -> tuple[str, bool]:
        return self.answers.headline

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        if not fresh:
            return None
        reporter.progress(phase="features")
        rows = self.answers.first(self.train.truth, self.context.seed)
        tokens = self.encoded.tokens([self.train.texts[row] for row in rows])
        with _precision(self.context):
            features = self.encoded.each(tokens, embed=True, reporter=reporter)
        if features is None:
            return reporter.control()
        network = self.encoded.network
        self.answers.start(network.head, features, self.train.truth[rows], network.scale)
        return None

    def lengths(self, epoch: int) -> Sequence[int]:
        return self._tokens(epoch).lengths

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[Batch, torch.Tensor]":
        import torch

        truth = torch.from_numpy(self.train.truth[list(rows)]).to(self.encoded.device)
        return self.encoded.batch(self._tokens(epoch), rows), truth

    def loss(self, batch: "tuple[Batch, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        inputs, truth = batch
        scores = self.encoded.network(inputs.ids, inputs.mask)
        return self._loss(scores.float(), truth).sum(), len(truth)

    def validate(self) -> Mapping[str, float]:
        scores = self.encoded.each(self._held_out_tokens, embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        return self.answers.validation(scores, self.held_out.truth)

    def fitted(self) -> Fitted:
        self._learning.settle()
        return self.answers.fitted(self.encoded)

    @cached_property
    def _plain_tokens(self) -> "Tokens":
        return self.encoded.tokens(self.train.texts)

    @cached_property
    def _held_out_tokens(self) -> "Tokens":
        return self.encoded.tokens(self.held_out.texts)

    def _tokens(self, epoch: int) -> "Tokens":
        """The texts as this epoch draws them: a pure function of the epoch, kept while it lasts."""
        if self.augment is None:
            return self._plain_tokens
        if self._augmented is None or self._augmented[0] != epoch:
            texts = _augmented(self.train, self.augment, epoch)
            self._augmented = (epoch, self.encoded.tokens(texts, keep=False))
        return self._augmented[1]


@dataclass(frozen=True)
class TextFeatures:
    """Features of texts for a head (``head_problem.Supply``), kept by the texts and all that they depend on."""

    encoded: Encoded
    answers: Labels | Numbers
    train: Rows
    held_out: Rows
    context: LearnerContext

    @property
    def views(self) -> int:
        return head_problem.VIEWS if self._augment is not None else 1

    def features(self, view: int, reporter: Reporter) -> NDArray[np.float32] | None:
        drawn = view and self._augment
        return self._features(_augmented(self.train, drawn, view) if drawn else self.train.texts, reporter)

    def held_out_features(self, reporter: Reporter) -> NDArray[np.float32] | None:
        return self._features(self.held_out.texts, reporter)

    def fitted(self) -> Fitted:
        return self.answers.fitted(self.encoded)

    @property
    def _augment(self) -> TextAugmenter | None:
        return self.context.augment.text if self.context.augment else None

    def _features(self, texts: Sequence[str], reporter: Reporter) -> NDArray[np.float32] | None:
        samples = (f"{len(text)}\0{text}".encode("utf-8", "surrogatepass") for text in texts)
        return head_problem.kept(
            self.context.cache,
            head_problem.key(self._basis, *samples),
            lambda: self.encoded.each(self.encoded.tokens(texts), embed=True, reporter=reporter),
        )

    @cached_property
    def _basis(self) -> str:
        return encoder_files.basis(self.context, self.encoded.max_length)


def _augmented(rows: Rows, augment: TextAugmenter, epoch: int) -> list[str]:
    return [augment(text, epoch, source) for text, source in zip(rows.texts, rows.source, strict=True)]


def _precision(context: LearnerContext) -> Any:
    from workbench.training import precision

    return precision.build(context.plan).context()
