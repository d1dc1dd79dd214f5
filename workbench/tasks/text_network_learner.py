"""What the loop trains when texts are read by a network that begins with nothing, and what comes out of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.errors import ModelError, TrainingError
from workbench.tasks import heads, label_loss, looks, text_network_plan
from workbench.tasks.protocol import LabelPredictions, LearnerContext, Split
from workbench.tasks.text_answers import rows_of
from workbench.training.problem import Control, Group, Reporter

if TYPE_CHECKING:
    import torch

    from workbench.networks.text_network import TextNetwork
    from workbench.networks.tokens import Batch, Tokens
    from workbench.networks.vocabulary import Vocabulary

MULTIPLE = 8  # to which lengths are rounded up: a recurrent network pays for every word one after the other


@dataclass(frozen=True)
class Trained:
    """A network with its vocabulary and labels; predicts and saves, as every ``Fitted`` does."""

    network: "TextNetwork"
    vocabulary: "Vocabulary"
    labels: tuple[str, ...]
    max_length: int
    device: str

    def tokens(self, texts: Sequence[str]) -> "Tokens":
        from workbench.networks.tokens import Tokens

        encoded = [self.vocabulary.encode(text, self.max_length) for text in texts]
        offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        ids = np.fromiter((number for numbers in encoded for number in numbers), np.int32, int(offsets[-1]))
        return Tokens(ids, offsets)

    def batch(self, tokens: "Tokens", rows: Sequence[int]) -> "Batch":
        from workbench.networks.tokens import collate
        from workbench.networks.vocabulary import PADDING
        from workbench.training.batches import padded

        longest = max(int(tokens.offsets[row + 1] - tokens.offsets[row]) for row in rows)
        length = padded(longest, multiple=MULTIPLE, limit=self.max_length)
        return collate(tokens, rows, length, PADDING, self.device)

    def scores(self, tokens: "Tokens") -> NDArray[np.float32]:
        """Label scores of all texts (texts, labels), without learning."""
        found = np.empty((len(tokens.lengths), len(self.labels)), dtype=np.float32)

        def look(rows: list[int]) -> None:
            batch = self.batch(tokens, rows)
            found[rows] = self.network(batch.ids, batch.mask).float().cpu().numpy()

        looks.each(self.network, tokens.lengths, look)
        return found

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        scores = self.scores(self.tokens(rows["text"].tolist())).astype(np.float64)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return LabelPredictions(self.labels, powers / powers.sum(axis=1, keepdims=True))

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        weights = {name: tensor.contiguous() for name, tensor in self.network.state_dict().items()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        shape = asdict(self.network.shape)
        _write(folder / "config.json", {"model_type": text_network_plan.KIND, **shape})
        _write(folder / "vocabulary.json", {"kind": self.vocabulary.kind, "known": self.vocabulary.known})
        _write(folder / "labels.json", self.labels)
        _write(folder / "workbench.json", {"max_length": self.max_length, "shape": shape})


class TextNetworkProblem:
    """Every weight learns, and at the same rate, since all are new."""

    headline = ("macro_f1", True)

    def __init__(self, trained: Trained, split: Split, context: LearnerContext) -> None:
        self.trained = trained
        self.augment = context.augment.text if context.augment else None
        self.train = rows_of(split.train, trained.labels)
        self.held_out = rows_of(split.validation, trained.labels)
        self._augmented: tuple[int, Tokens] | None = None
        self._loss = label_loss.build(context.plan, self.train.truth, len(trained.labels))

    @property
    def module(self) -> "torch.nn.Module":
        return self.trained.network

    @cached_property
    def groups(self) -> list[Group]:
        weights = list(self.module.parameters())
        return [
            Group([parameter for parameter in weights if parameter.ndim > 1]),
            Group([parameter for parameter in weights if parameter.ndim <= 1], decay=False),  # biases and norms
        ]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:  # noqa: ARG002  (nothing to compute)
        return None

    def lengths(self, epoch: int) -> Sequence[int]:
        return self._tokens(epoch).lengths

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[Batch, torch.Tensor]":
        import torch

        labels = torch.from_numpy(self.train.truth[list(rows)]).to(self.trained.device)
        return self.trained.batch(self._tokens(epoch), rows), labels

    def loss(self, batch: "tuple[Batch, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        inputs, labels = batch
        scores = self.trained.network(inputs.ids, inputs.mask)
        return self._loss(scores.float(), labels).sum(), len(labels)

    def validate(self) -> Mapping[str, float]:
        return heads.validation(self.trained.scores(self._held_out_tokens), self.held_out.truth)

    def fitted(self) -> Trained:
        return self.trained

    @cached_property
    def _plain_tokens(self) -> "Tokens":
        return self.trained.tokens(self.train.texts)

    @cached_property
    def _held_out_tokens(self) -> "Tokens":
        return self.trained.tokens(self.held_out.texts)

    def _tokens(self, epoch: int) -> "Tokens":
        """The texts as this epoch draws them: a pure function of the epoch, kept while it lasts."""
        if self.augment is None:
            return self._plain_tokens
        if self._augmented is None or self._augmented[0] != epoch:
            rows = zip(self.train.texts, self.train.source, strict=True)
            texts = [self.augment(text, epoch, source) for text, source in rows]
            self._augmented = (epoch, self.trained.tokens(texts))
        return self._augmented[1]


def learner(split: Split, context: LearnerContext, model: Path) -> TextNetworkProblem:
    """The network that the folder ``model`` describes, with a vocabulary and labels of the training rows.

    Raises ModelError when the description cannot be used, TrainingError when there is nothing to read.
    """
    from workbench.networks.text_network import Shape, TextNetwork
    from workbench.networks.vocabulary import Vocabulary

    settings = text_network_plan.settings(model)
    texts = split.train["text"].tolist()
    vocabulary = Vocabulary.learn(texts, text_network_plan.kind_of_tokens(settings, texts).value)
    if not vocabulary.known:
        what = "no word of the training rows occurs twice, so there is nothing to learn from"
        raise TrainingError(what, remedy="Bring more rows, or choose a pretrained model.")
    labels = tuple(sorted(set(split.train["label"])))
    shape = Shape(len(vocabulary), len(labels), settings.body, settings.layers, settings.width, settings.dropout)
    network = TextNetwork(shape, context.seed).to(context.plan.device)
    trained = Trained(network, vocabulary, labels, context.plan.max_length, context.plan.device)
    return TextNetworkProblem(trained, split, context)


def load(folder: Path, device: str = "cpu") -> Trained:
    """What ``Trained.save`` wrote. Raises ModelError when a part is missing or does not fit."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from workbench.networks.text_network import Shape, TextNetwork
    from workbench.networks.vocabulary import Vocabulary

    try:
        labels, about, words = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("labels.json", "workbench.json", "vocabulary.json")
        )
        vocabulary = Vocabulary(words["kind"], tuple(words["known"]))
        network = TextNetwork(Shape.from_dict(about["shape"]))
        network.load_state_dict(load_file(folder / "model.safetensors"))
        length = int(about["max_length"])
        if len(vocabulary) != network.shape.words or len(labels) != network.shape.outputs:
            raise ValueError("a list of words or labels does not belong to the network")
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return Trained(network.to(device).eval(), vocabulary, tuple(labels), length, device)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
