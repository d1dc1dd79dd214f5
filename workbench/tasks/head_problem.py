"""What the loop trains when only the head learns: on features that a pretrained network computed once."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.artefacts import arrays, folders
from workbench.tasks import heads, label_loss
from workbench.tasks.protocol import LearnerContext
from workbench.training.problem import Control, Group, Reporter
from workbench.training.rules import Plan

if TYPE_CHECKING:
    import torch

Features = NDArray[np.float32]  # (samples, width)
Validation = Callable[[NDArray[np.float32], NDArray[Any]], Mapping[str, float]]  # of scores, and the truth
FORMAT = 1  # of kept features; a change of how they are computed makes it one more
VIEWS = 3  # of every sample with augmentation: as it is, and two augmented versions


class Network(Protocol):
    """An encoder whose features, times ``scale``, are read by ``head``."""

    head: "torch.nn.Linear"
    scale: float


class Supply(Protocol):
    """Where the features come from."""

    @property
    def views(self) -> int: ...  # of every training sample; view 0 is the sample as it is

    def features(self, view: int, reporter: Reporter) -> Features | None:
        """Of the training samples; None when a pause or cancel cut it short, as for ``held_out_features``."""
        ...

    def held_out_features(self, reporter: Reporter) -> Features | None: ...

    def fitted(self) -> Any: ...  # a tasks.protocol.Fitted with the head's present weights


class HeadProblem:
    """The head starts from the solution of its problem; every epoch sees another view of the training samples."""

    def __init__(
        self,
        supply: Supply,
        network: Network,
        labels: tuple[NDArray[Any], NDArray[Any]],
        context: LearnerContext,
        headline: tuple[str, bool] = ("macro_f1", True),
        validation: Validation = heads.validation,
        price: heads.Price | None = None,
        strengths: tuple[Sequence[float], float] = (heads.STRENGTHS, heads.USUAL_STRENGTH),
    ) -> None:
        """``labels`` are numbers, one for each training sample and for each held-out one. Without a ``price`` they are
        those of labels, and the plan says what wrong ones cost. ``strengths`` are those that validation rows choose
        from, and the one where there are none."""
        self.supply, self.context, self.headline, self._validation = supply, context, headline, validation
        self.module, self.scale, self.device = network.head, network.scale, context.plan.device
        self.labels, self.held_out_labels = labels
        self._loss = price or label_loss.build(context.plan, self.labels, self.module.out_features)
        self._strengths = strengths
        self.features: list[Features] = []  # one array a view
        self.held_out_features = np.empty((0, self.module.in_features), dtype=np.float32)

    @cached_property
    def groups(self) -> list[Group]:
        weights = list(self.module.parameters())
        return [
            Group([parameter for parameter in weights if parameter.ndim > 1]),
            Group([parameter for parameter in weights if parameter.ndim <= 1], decay=False),
        ]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        from workbench.training import precision

        reporter.progress(phase="features")
        with precision.build(self.context.plan).context():
            for view in range(self.supply.views):
                found = self.supply.features(view, reporter)
                if found is None:
                    return reporter.control()
                self.features.append(found)
            held_out = self.supply.held_out_features(reporter)
            if held_out is None:
                return reporter.control()
        self.held_out_features = held_out
        if fresh:
            self._solve()
        return None

    def start_from_means(self, reporter: Reporter) -> Control | None:
        """Set the head to the labels' mean features instead, and let go of the features."""
        if not self.features and (control := self.prepare(reporter, fresh=False)):
            return control
        heads.start_from_means(self.module, self.features[0], self.labels)
        self.features = []
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return [1] * len(self.labels)  # features have one size

    def batch(self, rows: Sequence[int], epoch: int) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch

        picked, device = list(rows), self.device
        features = torch.from_numpy(self.features[epoch % len(self.features)][picked])
        return features.to(device), torch.from_numpy(self.labels[picked]).to(device)

    def loss(self, batch: "tuple[torch.Tensor, torch.Tensor]") -> "tuple[torch.Tensor, int]":
        features, labels = batch
        return self._loss(self.module(features * self.scale).float(), labels).sum(), len(labels)

    def validate(self) -> Mapping[str, float]:
        import torch

        features = torch.from_numpy(np.array(self.held_out_features)).to(self.device)
        scores = self.module(features * self.scale).float().cpu().numpy()
        return self._validation(scores, self.held_out_labels)

    def fitted(self) -> Any:
        return self.supply.fitted()

    def _solve(self) -> None:
        labels = self.labels
        several, usual = self._strengths
        strengths = several if len(self.held_out_labels) else (usual,)
        rows = np.random.default_rng(self.context.seed).permutation(len(labels))
        rows = np.sort(rows[: heads.SOLVED_ROWS // len(self.features)])
        inputs = np.concatenate([view[rows] for view in self.features]) * np.float32(self.scale)
        truth = np.tile(labels[rows], len(self.features))
        heads.start_from_solution(self.module, inputs, truth, strengths, self._validation_loss, self._loss)

    def _validation_loss(self) -> float:
        """Of the head as it is; nothing to choose by when there are no validation rows."""
        import torch

        with torch.no_grad():
            return self.validate().get("loss", 0.0)


def kept(cache: Path, key: str, compute: Callable[[], Features | None]) -> Features | None:
    """The features with this key: from the cache, or computed now and kept there; None when that was cut short."""
    found = arrays.read(cache, key)
    if found is None:
        computed = compute()
        if computed is None:
            return None
        arrays.write(cache, key, {"features": computed})
        found = arrays.read(cache, key) or {"features": computed}
    return found["features"]


def key(basis: str, *samples: bytes) -> str:
    """The name under which features are kept: by what they were computed with, and from."""
    digest = hashlib.sha256(basis.encode())
    for sample in samples:
        digest.update(sample)
    return f"features-{digest.hexdigest()[:32]}"


def basis(model: Path, endings: Sequence[str], plan: Plan, size: int, libraries: Sequence[str]) -> str:
    """What features depend on besides the samples: the model's files, arithmetic, length or side, who computed them."""
    files = sorted(path for path in model.iterdir() if path.suffix in endings)
    arithmetic = (plan.precision, plan.matmul, plan.device, size)
    made_by = (FORMAT, *map(version, libraries))
    return repr([(path.name, folders.sha256(path)) for path in files] + [*arithmetic, *made_by])
