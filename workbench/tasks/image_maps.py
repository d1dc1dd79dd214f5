"""What the loop trains when the last stages of a network learn: on maps that the stages before them made once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.artefacts import arrays
from workbench.tasks import head_problem, heads, label_loss
from workbench.tasks.image_cache import Pictures, pictures
from workbench.tasks.image_learner import AT_ONCE, POLL_ROWS, Rows, Seeing, basis
from workbench.tasks.protocol import LearnerContext
from workbench.tasks.what_learns import Learning
from workbench.training.problem import Control, Reporter

if TYPE_CHECKING:
    import torch

MOST_BYTES = arrays.LIMIT // 2  # of one part
Maps = NDArray[np.float16]  # (images, height, width, channels)


class MapsProblem:
    """The last stages and the head learn. Since no image changes, what comes before them sees each of them once.

    Maps are kept in half the length, whose rounding is a thousandth of their size.
    """

    headline = ("macro_f1", True)

    def __init__(
        self, seeing: Seeing, parts: tuple[Rows, Rows], learning: Learning, context: LearnerContext, model: Path
    ) -> None:
        """``parts`` are the rows for training and for validation."""
        self.seeing, self.context, self.model = seeing, context, model
        self.train, self.held_out = parts
        self._learning = learning
        self.module, self.groups = self._learning.module, self._learning.groups
        self._loss = label_loss.build(context.plan, self.train.labels, len(seeing.labels))
        self._maps: list[Maps] = []  # of both parts; none after a preparation that was cut short

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        reporter.progress(phase="reading images")
        side, cache = self.seeing.side, self.context.cache
        seen = [pictures(part.paths, side, cache, reporter) for part in (self.train, self.held_out)]
        reporter.progress(phase="features")
        made = [None if part is None else self._made(part, reporter) for part in seen]
        self._maps = [maps for maps in made if maps is not None]
        if len(self._maps) < len(made):
            self._maps = []
            return reporter.control()
        if fresh:
            rows = heads.first_of_each(self.train.labels, heads.PROTOTYPE_ROWS, self.context.seed)
            features = self._each(0, rows, embed=True)
            heads.start_from_means(self.seeing.network.head, features, self.train.labels[rows])
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return [1] * len(self.train.labels)  # maps have one size

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[torch.Tensor, torch.Tensor]":  # noqa: ARG002
        import torch

        picked = list(rows)
        labels = torch.from_numpy(self.train.labels[picked]).to(self.seeing.device)
        return self._take(0, picked), labels

    def loss(self, batch: "tuple[torch.Tensor, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        maps, labels = batch
        network = self.seeing.network
        scores = network.head(network.embed_behind(maps, self._learning.frozen) * network.scale)
        return self._loss(scores.float(), labels).sum(), len(labels)

    def validate(self) -> Mapping[str, float]:
        return heads.validation(self._each(1, range(len(self.held_out.labels)), embed=False), self.held_out.labels)

    def fitted(self) -> Any:
        from workbench.tasks.image_classification import ImageClassifierFitted

        return ImageClassifierFitted(self.seeing)

    def _each(self, part: int, rows: Sequence[int], *, embed: bool) -> NDArray[np.float32]:
        """Embeddings or label scores of some images of a part, without learning."""
        import torch

        network = self.seeing.network
        network.eval()
        found = [np.empty((0, network.head.in_features if embed else network.head.out_features), dtype=np.float32)]
        with torch.no_grad():
            for start in range(0, len(rows), AT_ONCE):
                maps = self._take(part, rows[start : start + AT_ONCE])
                features = network.embed_behind(maps, self._learning.frozen)
                output = features if embed else network.head(features * network.scale)
                found.append(output.float().cpu().numpy())
        return np.concatenate(found)

    def _take(self, part: int, rows: Sequence[int]) -> "torch.Tensor":
        """The maps of some images as floats (images, channels, height, width), the channels last in memory."""
        import torch

        if self._maps:
            maps = torch.from_numpy(self._maps[part][list(rows)]).to(self.seeing.device)
            return maps.permute(0, 3, 1, 2).float()
        paths = tuple((self.train, self.held_out)[part].paths[row] for row in rows)
        seen = Pictures(paths, self.seeing.side, 3, "", None)
        with torch.no_grad():
            return self.seeing.network.before(self.seeing.images(seen.take(range(len(paths)))), self._learning.frozen)

    def _made(self, seen: Pictures, reporter: Reporter) -> Maps | None:
        """The maps of some images, from the cache or made now; None when a pause or cancel cut that short."""
        frozen, cache = self._learning.frozen, self.context.cache
        how = repr(("maps", frozen, basis(self.model, self.context, self.seeing.side), seen.name))
        key = head_problem.key(how)
        shape = (len(seen), *map_shape(self.seeing, frozen))
        if not len(seen):
            return np.empty(shape, dtype=np.float16)
        found = arrays.read(cache, key)
        if found is None:
            if not arrays.fill(cache, key, "maps", shape, np.float16, lambda into: self._fill(into, seen, reporter)):
                return None
            found = arrays.read(cache, key)
        assert found is not None
        return found["maps"]

    def _fill(self, into: Maps, seen: Pictures, reporter: Reporter) -> bool:
        """False when somebody asked to end meanwhile."""
        import torch

        from workbench.training import precision

        network = self.seeing.network
        network.eval()
        with torch.no_grad(), precision.build(self.context.plan).context():
            for start in range(0, len(seen), AT_ONCE):
                rows = range(start, min(start + AT_ONCE, len(seen)))
                maps = network.before(self.seeing.images(seen.take(rows)), self._learning.frozen)
                into[start : start + len(rows)] = maps.permute(0, 2, 3, 1).half().cpu().numpy()
                if start % POLL_ROWS == 0 and reporter.control() in ("pause", "cancel"):
                    return False
        return True


def map_shape(seeing: Seeing, stages: int) -> tuple[int, int, int]:
    """Height, width and channels of what the first ``stages`` make of an image."""
    import torch

    grey = torch.zeros(1, 3, seeing.side, seeing.side, device=seeing.device)
    seeing.network.eval()
    with torch.no_grad():
        _, channels, height, width = seeing.network.before(grey, stages).shape
    return height, width, channels


def can_be_kept(seeing: Seeing, stages: int, images: int) -> bool:
    """Whether what the first ``stages`` of a network make of so many images can be computed apart, and has room."""
    from workbench.networks.image_encoder import has_stages

    if not stages or not has_stages(seeing.network.encoder):
        return False
    return 2 * images * int(np.prod(map_shape(seeing, stages))) <= MOST_BYTES
