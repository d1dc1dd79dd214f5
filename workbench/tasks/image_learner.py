"""What the loop trains for image classification: the whole network, or a head on features that were computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.augment.image_augmenter import ImageAugmenter
from workbench.tasks import head_problem, heads, label_loss, what_learns
from workbench.tasks.head_problem import HeadProblem
from workbench.tasks.image_cache import Pictures, pictures
from workbench.tasks.protocol import LearnerContext, Split
from workbench.tasks.staged import StagedProblem
from workbench.tasks.what_learns import Learning
from workbench.training.problem import Control, Problem, Reporter

if TYPE_CHECKING:
    import torch

    from workbench.networks.image_encoder import ImageClassifier

AT_ONCE = 32  # images in one forward pass without learning
POLL_ROWS = 256  # images between two looks at what the user asks for


class Batch(NamedTuple):
    """Images (n, 3, side, side) from 0 to 1; each row's label, its partner's, and how much of itself it keeps."""

    images: "torch.Tensor"
    labels: "torch.Tensor"
    partners: "torch.Tensor"
    weights: "torch.Tensor"


@dataclass(frozen=True, slots=True)
class Rows:
    """Paths and label numbers of one part, with the source rows that augmentation draws by."""

    paths: list[str]
    labels: NDArray[np.int64]
    source: NDArray[np.int64]


def rows_of(part: pd.DataFrame, labels: Sequence[str]) -> Rows:
    """Rows whose label is known; validation may hold a label that training lacks, which no model can predict."""
    position = {label: number for number, label in enumerate(labels)}
    known = part[part["label"].isin(position)]
    numbers = np.asarray([position[label] for label in known["label"]], dtype=np.int64)
    return Rows(known["image"].tolist(), numbers, np.asarray(known.index, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Seeing:
    """A network with its labels, and how images become batches for it."""

    network: "ImageClassifier"
    labels: tuple[str, ...]
    side: int
    device: str

    def images(self, pixels: NDArray[np.uint8]) -> "torch.Tensor":
        """Pixels (n, side, side, channels) as floats (n, 3, side, side) from 0 to 1, the channels last in memory."""
        import torch

        moved = torch.from_numpy(np.ascontiguousarray(pixels)).to(self.device)
        floats = moved.permute(0, 3, 1, 2).expand(-1, 3, -1, -1).float().div_(255)
        return floats.contiguous(memory_format=torch.channels_last)

    def each(
        self,
        seen: Pictures,
        *,
        embed: bool,
        augmented: "tuple[ImageAugmenter, NDArray[np.int64], int] | None" = None,
        reporter: Reporter | None = None,
    ) -> NDArray[np.float32] | None:
        """Embeddings or label scores of all images, without learning; None when a pause or cancel cut it short.

        ``augmented`` changes them before: an augmenter, the source rows of the images, and the epoch to draw by.
        """
        import torch

        network = self.network
        learning = network.training
        network.eval()
        width = network.head.in_features if embed else network.head.out_features
        found = np.empty((len(seen), width), dtype=np.float32)
        with torch.no_grad():
            for start in range(0, len(seen), AT_ONCE):
                rows = range(start, min(start + AT_ONCE, len(seen)))
                images = self.images(seen.take(rows))
                if augmented is not None:
                    augment, source, epoch = augmented
                    images, _ = augment.apply(images, source[list(rows)], epoch)
                output = network.embed(images) if embed else network(images)
                found[start : start + len(rows)] = output.float().cpu().numpy()
                if reporter is not None and start % POLL_ROWS == 0 and reporter.control() in ("pause", "cancel"):
                    network.train(learning)
                    return None
        network.train(learning)
        return found


def problem(seeing: Seeing, split: Split, context: LearnerContext, model: Path, *, pretrained: bool) -> Problem:
    """What the loop trains, by the plan's method. Raises TrainingError for a method that the network is not for."""
    from workbench.tasks import image_maps

    method = context.plan.method
    parts = rows_of(split.train, seeing.labels), rows_of(split.validation, seeing.labels)
    if method == "head":
        return _head(seeing, parts, context, model)
    learning = what_learns.of_images(seeing.network, context.plan, pretrained=pretrained)
    changing = context.augment is not None and context.augment.images is not None
    if not changing and image_maps.can_be_kept(seeing, learning.frozen, max(len(part.paths) for part in parts)):
        return image_maps.MapsProblem(seeing, parts, learning, context, model)
    rest = EncoderProblem(seeing, parts, learning, context, pretrained=pretrained)
    return StagedProblem(_head(seeing, parts, context, model), rest) if method == "staged" else rest


def _head(seeing: Seeing, parts: tuple[Rows, Rows], context: LearnerContext, model: Path) -> HeadProblem:
    labels = parts[0].labels, parts[1].labels
    return HeadProblem(ImageFeatures(seeing, *parts, context, model), seeing.network, labels, context)


class EncoderProblem:
    """The network learns, as much of it as the method says. The head of a pretrained one starts from the labels' mean
    embeddings."""

    headline = ("macro_f1", True)

    def __init__(
        self,
        seeing: Seeing,
        parts: tuple[Rows, Rows],
        learning: Learning,
        context: LearnerContext,
        *,
        pretrained: bool,
    ) -> None:
        """``parts`` are the rows for training and for validation."""
        self.seeing, self.context, self.pretrained = seeing, context, pretrained
        self.augment = context.augment.images if context.augment else None
        self.train, self.held_out = parts
        self._learning = learning
        self.module, self.groups = self._learning.module, self._learning.groups
        self._loss = label_loss.build(context.plan, self.train.labels, len(seeing.labels))
        self._place = {int(row): place for place, row in enumerate(self.train.source)}

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        reporter.progress(phase="reading images")
        for part in (self.train, self.held_out):
            if pictures(part.paths, self.seeing.side, self.context.cache, reporter) is None:
                return reporter.control()
        if not fresh or not self.pretrained:
            return None
        reporter.progress(phase="features")
        rows = heads.first_of_each(self.train.labels, heads.PROTOTYPE_ROWS, self.context.seed)
        few = replace(self._seen, paths=tuple(self.train.paths[row] for row in rows), kept=self._seen.take(rows))
        features = self.seeing.each(few, embed=True, reporter=reporter)
        if features is None:
            return reporter.control()
        heads.start_from_means(self.seeing.network.head, features, self.train.labels[rows])
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return [1] * len(self.train.paths)  # images have one size

    def batch(self, rows: Sequence[int], epoch: int) -> Batch:
        import torch

        own = list(rows)
        images = self.seeing.images(self._seen.take(own))
        others, weights = own, torch.ones(len(own), device=images.device)
        if self.augment is not None:
            source = self.train.source[own]
            mixed = self.augment.partners(source, epoch, self.train.source)
            if mixed is not None:
                others = [self._place[int(row)] for row in mixed]
            beside = self.seeing.images(self._seen.take(others)) if mixed is not None else None
            images, weights = self.augment.apply(images, source, epoch, beside)
            images = images.contiguous(memory_format=torch.channels_last)
        labels, partners = (torch.from_numpy(self.train.labels[places]).to(images.device) for places in (own, others))
        return Batch(images, labels, partners, weights)

    def loss(self, batch: Batch) -> "tuple[torch.Tensor, int]":
        scores = self.seeing.network(batch.images).float()
        losses = self._loss(scores, batch.labels) * batch.weights
        if self.augment is not None and self.augment.mixing:
            losses = losses + self._loss(scores, batch.partners) * (1 - batch.weights)
        return losses.sum(), len(batch.labels)

    def validate(self) -> Mapping[str, float]:
        scores = self.seeing.each(self._held_out_seen, embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        return heads.validation(scores, self.held_out.labels)

    def fitted(self) -> Any:
        from workbench.tasks.image_classification import ImageClassifierFitted

        return ImageClassifierFitted(self.seeing)

    @cached_property
    def _seen(self) -> Pictures:
        return _whole(pictures(self.train.paths, self.seeing.side, self.context.cache))

    @cached_property
    def _held_out_seen(self) -> Pictures:
        return _whole(pictures(self.held_out.paths, self.seeing.side, self.context.cache))


@dataclass(frozen=True)
class ImageFeatures:
    """Features of images for a head (``head_problem.Supply``), kept by the images and all that they depend on.

    Of augmentation, what changes an image applies; what mixes two does not, since their features do not mix.
    """

    seeing: Seeing
    train: Rows
    held_out: Rows
    context: LearnerContext
    model: Path

    @property
    def views(self) -> int:
        return head_problem.VIEWS if self.augment is not None else 1

    def features(self, view: int, reporter: Reporter) -> NDArray[np.float32] | None:
        return self._features(self.train, view, reporter)

    def held_out_features(self, reporter: Reporter) -> NDArray[np.float32] | None:
        return self._features(self.held_out, 0, reporter)

    def fitted(self) -> Any:
        from workbench.tasks.image_classification import ImageClassifierFitted

        return ImageClassifierFitted(self.seeing)

    @property
    def augment(self) -> ImageAugmenter | None:
        images = self.context.augment.images if self.context.augment else None
        return replace(images, mixing=()) if images and images.steps else None

    def _features(self, rows: Rows, view: int, reporter: Reporter) -> NDArray[np.float32] | None:
        seen = pictures(rows.paths, self.seeing.side, self.context.cache, reporter)
        if seen is None:
            return None
        augment = self.augment
        drawn = (augment, rows.source, view) if view and augment is not None else None
        how = repr((self._basis, seen.name, drawn and (repr(augment), view, rows.source.tolist())))
        return head_problem.kept(
            self.context.cache,
            head_problem.key(how),
            lambda: self.seeing.each(seen, embed=True, augmented=drawn, reporter=reporter),
        )

    @cached_property
    def _basis(self) -> str:
        return basis(self.model, self.context, self.seeing.side)


def basis(model: Path, context: LearnerContext, side: int) -> str:
    """What features of images depend on besides them (``head_problem.basis``)."""
    endings, libraries = (".safetensors", ".json"), ("torch", "transformers", "pillow")
    return head_problem.basis(model, endings, context.plan, side, libraries)


def _whole(seen: Pictures | None) -> Pictures:
    assert seen is not None  # nothing can cut it short without a reporter
    return seen
