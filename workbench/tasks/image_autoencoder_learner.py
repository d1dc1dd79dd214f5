"""What the loop trains when images are drawn anew: the network as a whole, on all images or on normal ones."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError

from workbench.augment.draws import normals
from workbench.errors import ModelError, TrainingError
from workbench.models import folder as model_folder
from workbench.models.autoencoder_settings import AutoencoderSettings, VaeSettings
from workbench.tasks.image_autoencoder_fitted import AT_ONCE, AutoencoderFitted, Copier, some
from workbench.tasks.image_cache import Pictures, all_grey, pictures
from workbench.tasks.protocol import LearnerContext, Split
from workbench.training.problem import Control, Group, Reporter

if TYPE_CHECKING:
    import torch

    from workbench.networks.autoencoder import Autoencoder

NOISE = 2000  # the place of the draws of codes, behind those of all augmentation steps
NAMES = ("normal", "good", "ok", "okay", "healthy", "regular", "intact", "fine")  # of labels that say it themselves
MEAN_ROWS = 5_000  # images whose mean is that of all


class Batch(NamedTuple):
    """Images (n, channels, side, side) from 0 to 1, and a standard normal draw for each number of their codes."""

    images: "torch.Tensor"
    noise: "torch.Tensor"


class AutoencoderProblem:
    """Every weight learns to draw the training images anew. Of augmentation, what changes an image changes the original
    and thereby its copy; what mixes two is left out, since there is nothing to be told apart."""

    headline = ("reconstruction_error", False)

    def __init__(self, copier: Copier, split: Split, context: LearnerContext, settings: AutoencoderSettings) -> None:
        self.copier, self.context, self.settings = copier, context, settings
        self.order = settings.order if isinstance(settings, VaeSettings) else 1.0
        self.augment = context.augment.images if context.augment else None
        self.normal = settings.normal or usual_labels(split.train)
        train, held_out = (learned_from(part, settings) for part in (split.train, split.validation))
        self.paths, self.held_out_paths = train["image"].tolist(), held_out["image"].tolist()
        self.source = np.asarray(train.index, dtype=np.int64)

    @property
    def module(self) -> "Autoencoder":
        return self.copier.network

    @cached_property
    def groups(self) -> list[Group]:
        weights = list(self.module.parameters())
        return [
            Group([parameter for parameter in weights if parameter.ndim > 1]),
            Group([parameter for parameter in weights if parameter.ndim <= 1], decay=False),  # biases and norms
        ]

    def prepare(self, reporter: Reporter, *, fresh: bool) -> Control | None:
        import torch

        reporter.progress(phase="reading images")
        for paths in (self.paths, self.held_out_paths):
            if self._pictures(paths, reporter) is None:
                return reporter.control()
        if fresh:
            rows = np.linspace(0, len(self.paths) - 1, min(len(self.paths), MEAN_ROWS)).astype(int)
            mean = self._seen.take(rows.tolist()).mean(axis=0, dtype=np.float64) / 255
            self.module.start_from(torch.from_numpy(mean).permute(2, 0, 1).float().to(self.copier.device))
        return None

    def lengths(self, epoch: int) -> Sequence[int]:  # noqa: ARG002  (the same in every epoch)
        return [1] * len(self.paths)  # images have one size

    def batch(self, rows: Sequence[int], epoch: int) -> Batch:
        import torch

        own = list(rows)
        images = self.copier.images(self._seen.take(own))
        source = self.source[own]
        if self.augment is not None:
            images = self._augmented(images, source, epoch)
        count = self.settings.latent if self.module.shape.variational else 0
        noise = normals(self.context.seed, epoch, source, NOISE, count).astype(np.float32)
        return Batch(images, torch.from_numpy(noise).to(images.device))

    def loss(self, batch: Batch) -> "tuple[torch.Tensor, int]":
        return self.module.losses(batch.images, batch.noise, self.order).sum(), len(batch.images)

    def validate(self) -> Mapping[str, float]:
        import torch

        if not self.held_out_paths:
            return {}
        seen, total = self._held_out_seen, 0.0
        for start in range(0, len(seen), AT_ONCE):
            images = self.copier.images(seen.take(range(start, min(start + AT_ONCE, len(seen)))))
            still = torch.zeros(len(images), self.settings.latent, device=images.device)
            total += self.module.losses(images, still, self.order).sum().item()
        return {"loss": total / len(seen), "reconstruction_error": float(self._held_out_errors.mean())}

    def fitted(self) -> AutoencoderFitted:
        errors = self._held_out_errors if self.held_out_paths else self._errors(self._seen)
        return AutoencoderFitted(self.copier, some(errors), self.normal, bool(self.settings.normal))

    @property
    def _held_out_errors(self) -> NDArray[np.float64]:
        return self._errors(self._held_out_seen)

    def _errors(self, seen: Pictures) -> NDArray[np.float64]:
        found = self.copier.each(seen)
        assert found is not None  # nothing can cut it short without a reporter
        return found[0]

    def _augmented(self, images: "torch.Tensor", source: NDArray[np.int64], epoch: int) -> "torch.Tensor":
        assert self.augment is not None
        channels = images.shape[1]
        changed, _ = replace(self.augment, mixing=()).apply(images.expand(-1, 3, -1, -1), source, epoch)
        return changed.mean(dim=1, keepdim=True) if channels == 1 else changed

    @cached_property
    def _seen(self) -> Pictures:
        return self._whole(self.paths)

    @cached_property
    def _held_out_seen(self) -> Pictures:
        return self._whole(self.held_out_paths)

    def _whole(self, paths: Sequence[str]) -> Pictures:
        seen = self._pictures(paths)
        assert seen is not None  # nothing can cut it short without a reporter
        return seen

    def _pictures(self, paths: Sequence[str], reporter: Reporter | None = None) -> Pictures | None:
        shape = self.module.shape
        return pictures(paths, shape.side, self.context.cache, reporter, shape.channels)


def learner(split: Split, context: LearnerContext) -> AutoencoderProblem:
    """The chosen network for these rows. Raises TrainingError when there is nothing that it could learn from, and
    ModelError for a model of another kind."""
    from workbench.networks.autoencoder import Autoencoder, Shape

    settings = settings_of(context)
    paths = learned_from(split.train, settings)["image"].tolist()
    shape = Shape(
        side=int(context.plan.image_size or 32) if settings.image_size == "auto" else settings.image_size,
        channels=1 if all_grey(paths) else 3,
        latent=settings.latent,
        width=settings.width,
        variational=isinstance(settings, VaeSettings),
        loss=settings.loss,
    )
    network = Autoencoder(shape, context.seed).to(context.plan.device)
    return AutoencoderProblem(Copier(network, context.plan.device), split, context, settings)


def settings_of(context: LearnerContext) -> AutoencoderSettings:
    """What the recipe sets of the model, over what the model's ``config.json`` says."""
    if context.model is None:
        raise TrainingError("no model was chosen", remedy="Choose a model on the Model page.")
    model_folder.check(context.model, "pixels")
    if (context.model / model_folder.WEIGHTS).is_file():
        what = "this network has learned other images, and training would begin anew"
        remedy = "Choose 'scratch/autoencoder' or 'scratch/vae'."
        raise ModelError(what, where=str(context.model), remedy=remedy)
    path = context.model / "config.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    kind = VaeSettings if content.pop("model_type") == "vae" else AutoencoderSettings
    try:
        return kind(**{**content, **context.settings})
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        what = f"{'.'.join(map(str, found['loc']))}: {found['msg']} (given: {found['input']!r})"
        remedy = f"It may say: {', '.join(kind.model_fields)}."
        raise ModelError(what, where=str(path), remedy=remedy) from None


def learned_from(part: pd.DataFrame, settings: AutoencoderSettings) -> pd.DataFrame:
    """The rows whose label was chosen as normal, or all. Raises TrainingError when labels were chosen and there are
    none."""
    if not settings.normal:
        return part
    if "label" not in part:
        remedy = "Say which column holds the labels, or take the choice of normal labels back on the Model page."
        raise TrainingError("labels were chosen as normal, and the rows have no labels", code="CHECK-39", remedy=remedy)
    kept = part[part["label"].isin(settings.normal)]
    if kept.empty and not part.empty:
        chosen = ", ".join(f"'{label}'" for label in settings.normal[:5])
        remedy = f"The labels are: {', '.join(sorted(set(part['label']))[:20])}. Choose others on the Model page."
        raise TrainingError(f"no row has a label that was chosen as normal ({chosen})", code="CHECK-39", remedy=remedy)
    return kept


def usual_labels(train: pd.DataFrame) -> tuple[str, ...]:
    """What counts as normal where nobody chose: labels whose name says so, else the most frequent one; nothing without
    labels."""
    if "label" not in train:
        return ()
    counts = Counter(train["label"].tolist())
    named = tuple(sorted(label for label in counts if label.strip().casefold() in NAMES))
    return named or tuple(label for label, _ in counts.most_common(1))
