"""What the loop trains for text classification: the whole model, or a head on features that were computed once."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.artefacts import arrays, folders
from workbench.augment.catalogue import TextAugmenter
from workbench.tasks import heads
from workbench.tasks.protocol import LearnerContext, Split
from workbench.training.problem import Control, Group, Reporter
from workbench.training.rules import MULTIPLE

if TYPE_CHECKING:
    import torch

    from workbench.networks.text_encoder import TextClassifier
    from workbench.networks.tokens import Batch, Tokens

FEATURES_FORMAT = 1  # of kept features; a change of how they are computed makes it one more
VIEWS = 3  # of every text under method head with augmentation: as written, and two augmented versions
AT_ONCE = 32  # texts in one forward pass without learning
POLL_ROWS = 256  # texts between two looks at what the user asks for


@dataclass(frozen=True, slots=True)
class Rows:
    """Texts and label numbers of one part, with the source rows that augmentation draws by."""

    texts: list[str]
    labels: NDArray[np.int64]
    source: list[int]


def rows_of(part: pd.DataFrame, labels: Sequence[str]) -> Rows:
    """Rows whose label is known; validation may hold a label that training lacks, which no model can predict."""
    position = {label: number for number, label in enumerate(labels)}
    known = part[part["label"].isin(position)]
    numbers = np.asarray([position[label] for label in known["label"]], dtype=np.int64)
    return Rows(known["text"].tolist(), numbers, [int(row) for row in known.index])


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
        import torch

        from workbench.training.batches import in_order_of_length

        network = self.network
        learning = network.training
        network.eval()
        width = network.head.in_features if embed else network.head.out_features
        found = np.empty((len(tokens.lengths), width), dtype=np.float32)
        done, polled = 0, 0
        with torch.no_grad():
            for rows in in_order_of_length(tokens.lengths, AT_ONCE):
                batch = self.batch(tokens, rows)
                output = network.embed(batch.ids, batch.mask) if embed else network(batch.ids, batch.mask)
                found[rows] = output.float().cpu().numpy()
                done += len(rows)
                if reporter is not None and done - polled >= POLL_ROWS:
                    polled = done
                    if reporter.control() in ("pause", "cancel"):
                        network.train(learning)
                        return None
        network.train(learning)
        return found


class FullProblem:
    """Every weight learns. The head starts from the labels' mean embeddings, which gives the first epoch a lead."""

    headline = ("macro_f1", True)

    def __init__(self, encoded: Encoded, split: Split, context: LearnerContext) -> None:
        from workbench.networks.word_embeddings import train_only

        self.encoded, self.context = encoded, context
        self.augment = context.augment.text if context.augment else None
        self.train = rows_of(split.train, encoded.labels)
        self.held_out = rows_of(split.validation, encoded.labels)
        self._augmented: tuple[int, Tokens] | None = None
        train_only(encoded.network.encoder, np.unique(self._plain_tokens.ids).astype(np.int64))

    @property
    def module(self) -> "torch.nn.Module":
        return self.encoded.network

    @cached_property
    def groups(self) -> list[Group]:
        network = self.encoded.network
        head = list(network.head.parameters())
        body = [parameter for parameter in network.encoder.parameters() if parameter.requires_grad]
        return [
            Group([parameter for parameter in body if parameter.ndim > 1]),
            Group([parameter for parameter in body if parameter.ndim <= 1], decay=False),  # biases and norms
            Group([parameter for parameter in head if parameter.ndim > 1], heads.SCALE),
            Group([parameter for parameter in head if parameter.ndim <= 1], heads.SCALE, decay=False),
        ]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        if not fresh:
            return None
        reporter.progress(phase="features")
        rows = heads.first_of_each(self.train.labels, heads.PROTOTYPE_ROWS, self.context.seed)
        tokens = self.encoded.tokens([self.train.texts[row] for row in rows])
        with _precision(self.context):
            features = self.encoded.each(tokens, embed=True, reporter=reporter)
        if features is None:
            return reporter.control()
        heads.start_from_means(self.encoded.network.head, features, self.train.labels[rows])
        return None

    def lengths(self, epoch: int) -> Sequence[int]:
        return self._tokens(epoch).lengths

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[Batch, torch.Tensor]":
        import torch

        labels = torch.from_numpy(self.train.labels[list(rows)]).to(self.encoded.device)
        return self.encoded.batch(self._tokens(epoch), rows), labels

    def loss(self, batch: "tuple[Batch, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        from torch.nn.functional import cross_entropy

        inputs, labels = batch
        scores = self.encoded.network(inputs.ids, inputs.mask)
        return cross_entropy(scores.float(), labels, reduction="sum"), len(labels)

    def validate(self) -> Mapping[str, float]:
        scores = self.encoded.each(self._held_out_tokens, embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        return heads.validation(scores, self.held_out.labels)

    def fitted(self) -> Any:
        from workbench.tasks.text_classification import TextClassifierFitted

        return TextClassifierFitted(self.encoded)

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


class HeadProblem:
    """Only the head learns, on features that the pretrained model computed once; they are kept by content."""

    headline = ("macro_f1", True)

    def __init__(self, encoded: Encoded, split: Split, context: LearnerContext, model: Path) -> None:
        self.encoded, self.context, self.model = encoded, context, model
        self.augment = context.augment.text if context.augment else None
        self.train = rows_of(split.train, encoded.labels)
        self.held_out = rows_of(split.validation, encoded.labels)
        self.features: list[NDArray[np.float32]] = []  # one array a view
        self.held_out_features = np.empty((0, encoded.network.head.in_features), dtype=np.float32)

    @property
    def module(self) -> "torch.nn.Module":
        return self.encoded.network.head

    @cached_property
    def groups(self) -> list[Group]:
        head = list(self.encoded.network.head.parameters())
        return [
            Group([parameter for parameter in head if parameter.ndim > 1]),
            Group([parameter for parameter in head if parameter.ndim <= 1], decay=False),
        ]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        reporter.progress(phase="features")
        texts = [self.train.texts]
        if self.augment is not None:
            texts += [_augmented(self.train, self.augment, view) for view in range(1, VIEWS)]
        with _precision(self.context):
            for part in (*texts, self.held_out.texts):
                found = self._features(part, reporter)
                if found is None:
                    return reporter.control()
                self.features.append(found)
        self.held_out_features = self.features.pop()
        if fresh:
            from workbench.networks.text_encoder import SCALE

            strengths = heads.STRENGTHS if len(self.held_out.labels) else (heads.USUAL_STRENGTH,)
            rows = np.random.default_rng(self.context.seed).permutation(len(self.train.labels))
            rows = np.sort(rows[: heads.SOLVED_ROWS // len(self.features)])
            inputs = np.concatenate([view[rows] for view in self.features]) * np.float32(SCALE)
            labels = np.tile(self.train.labels[rows], len(self.features))
            heads.start_from_solution(self.encoded.network.head, inputs, labels, strengths, self._validation_loss)
        return None

    def _validation_loss(self) -> float:
        """Of the head as it is; nothing to choose by when there are no validation rows."""
        import torch

        with torch.no_grad():
            return self.validate().get("loss", 0.0)

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return [1] * len(self.train.texts)  # features have one size

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch

        features = self.features[epoch % len(self.features)][list(rows)]
        labels = self.train.labels[list(rows)]
        return torch.from_numpy(features).to(self.encoded.device), torch.from_numpy(labels).to(self.encoded.device)

    def loss(self, batch: "tuple[torch.Tensor, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        from torch.nn.functional import cross_entropy

        from workbench.networks.text_encoder import SCALE

        features, labels = batch
        return cross_entropy(self.module(features * SCALE).float(), labels, reduction="sum"), len(labels)

    def validate(self) -> Mapping[str, float]:
        import torch

        from workbench.networks.text_encoder import SCALE

        features = torch.from_numpy(np.array(self.held_out_features)).to(self.encoded.device)
        return heads.validation(self.module(features * SCALE).float().cpu().numpy(), self.held_out.labels)

    def fitted(self) -> Any:
        from workbench.tasks.text_classification import TextClassifierFitted

        return TextClassifierFitted(self.encoded)

    def _features(self, texts: Sequence[str], reporter: Reporter) -> NDArray[np.float32] | None:
        key = self._feature_key(texts)
        found = arrays.read(self.context.cache, key)
        if found is None:
            computed = self.encoded.each(self.encoded.tokens(texts), embed=True, reporter=reporter)
            if computed is None:
                return None
            arrays.write(self.context.cache, key, {"features": computed})
            found = arrays.read(self.context.cache, key) or {"features": computed}
        return found["features"]

    @cached_property
    def _basis(self) -> str:
        """What features depend on besides the texts: weights, tokenizer, arithmetic, length, and who computed them."""
        files = sorted(path for path in self.model.iterdir() if path.suffix in (".safetensors", ".json", ".txt"))
        plan = self.context.plan
        arithmetic = (plan.precision, plan.matmul, plan.device, self.encoded.max_length)
        made_by = (FEATURES_FORMAT, *(version(library) for library in ("torch", "transformers", "tokenizers")))
        return repr([(path.name, folders.sha256(path)) for path in files] + list(arithmetic) + list(made_by))

    def _feature_key(self, texts: Sequence[str]) -> str:
        key = hashlib.sha256(self._basis.encode())
        for text in texts:
            key.update(f"{len(text)}\0{text}".encode("utf-8", "surrogatepass"))
        return f"features-{key.hexdigest()[:32]}"


def _augmented(rows: Rows, augment: TextAugmenter, epoch: int) -> list[str]:
    return [augment(text, epoch, source) for text, source in zip(rows.texts, rows.source, strict=True)]


def _precision(context: LearnerContext) -> Any:
    from workbench.training import precision

    return precision.build(context.plan).context()
