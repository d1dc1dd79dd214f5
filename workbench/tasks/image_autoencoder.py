"""Image autoencoder: a network learns what images have in common; what it cannot draw anew is unusual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.data.profiles.profile import TableProfile
from workbench.evaluate.panels import Picture, Pictures, Scores
from workbench.recipe import Training
from workbench.tasks import image_tables, label_findings
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    ImagePredictions,
    LearnerContext,
    Metric,
    Predictions,
    Predicts,
    Role,
    Split,
    Suggestion,
    as_images,
)
from workbench.training import autoencoder_rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem

PAIRS = 12  # images in a panel
WHEN_FEW = "Add images, or switch on augmentation."
CARRIED = (  # what an exported model is used with, beside predict.py: nothing but torch, Pillow and numpy
    ("networks", "autoencoder.py"),
    ("tasks", "image_pixels.py"),
    ("tasks", "image_script.py"),
    ("data", "images.py"),
)


@dataclass(frozen=True, slots=True)
class ImageAutoencoder:
    """Stateless, as every task. Torch and Pillow are imported by what trains, predicts or loads."""

    name: str = "image-autoencoder"
    title: str = "Image autoencoder"
    summary: str = "Find what is unusual in images, without being told: cracks, wrong parts, anything rarely seen."
    icon: str = ":material/image_search:"
    default_model: str | None = "scratch/autoencoder"
    roles: tuple[Role, ...] = (
        Role("image", "Image", "The column with the images that the model draws anew.", "image", model="pixels"),
        Role(
            "label",
            "Label",
            "Optional: what each image shows, such as 'good' or 'scratched'. The model is not taught it; it tells how "
            "well unusual images are found.",
            "category",
            target=True,
            optional=True,
        ),
    )
    metrics: tuple[Metric, ...] = (
        Metric(
            "reconstruction_error",
            "Reconstruction error",
            "The mean squared difference between an image and its copy, over all pixels, which go from 0 (black) to 1 "
            "(white). Where labels were chosen as normal: of images with these labels.",
            higher_is_better=False,
            fraction=False,
        ),
        Metric(
            "auroc",
            "Anomaly AUROC",
            "How often an image that is not normal has a larger error than one that is; 0.5 is chance. Normal are the "
            "labels that were chosen on Model; else those called normal, good or ok; else the most frequent one.",
        ),
    )

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        if profile.images is None or profile.column("image") is None:
            return Suggestion(0.0, "It needs images.", {})
        label = image_tables.label_of(profile)
        if label is None:
            return Suggestion(0.9, "The rows have images, and no column tells what they show.", {"image": "image"})
        reason = f"The rows have images; '{label.name}' would tell how well unusual ones are found."
        return Suggestion(0.5, reason, {"image": "image", "label": label.name})

    def check(self, split: Split) -> list[Finding]:
        if missing := label_findings.without_rows(split):
            return missing
        return [*image_tables.findings(split, WHEN_FEW), *label_findings.few_test_rows(split)]

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,  # noqa: ARG002  (all learn alike)
    ) -> Mapping[str, Fact]:
        longest = image_tables.usual_side(split.train["image"].tolist())
        return autoencoder_rules.choose(
            training, rows=len(split.train), longest=longest, device=device, machine=machine
        )

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks.image_autoencoder_baseline import fit

        paths = split.train["image"].tolist()
        side = autoencoder_rules.image_size(image_tables.usual_side(paths)).value
        return fit(paths, split.validation["image"].tolist(), side)

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        from workbench.tasks.image_autoencoder_learner import learner

        return learner(split, context)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        from workbench.evaluate import anomalies

        found = as_images(predicted)
        labels = truth["label"].tolist() if "label" in truth else None
        other = None if baseline is None else as_images(baseline)
        known = found if other is None or found.normal else other  # a baseline knows no labels, but its model does
        judged = anomalies.Judged(found.errors, found.codes, labels, known.normal, known.only_normal)
        scores = anomalies.score(judged, None if other is None else other.errors)
        return scores.model_copy(update={"panels": (*scores.panels, *_galleries(truth, found, labels))})

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        from workbench.tasks.image_autoencoder_fitted import load

        return load(folder, device)

    def export_files(self, folder: Path) -> Mapping[str, str]:  # noqa: ARG002  (the same for every model)
        here = Path(__file__)
        script = here.with_name("image_autoencoder_predict.py").read_text(encoding="utf-8")
        carried = {name: (here.parents[1] / room / name).read_text(encoding="utf-8") for room, name in CARRIED}
        return {"predict.py": script, **carried}


TASK = ImageAutoencoder()


def _galleries(truth: pd.DataFrame, found: ImagePredictions, labels: Sequence[str] | None) -> list[Pictures]:
    """The most unusual images, some of all, and some that were invented."""
    from workbench.evaluate.pixels import address

    if not len(found.errors):
        return []

    def panel(title: str, help_text: str, places: Sequence[int]) -> Pictures:
        shown = []
        for place, pair in zip(places, found.drawn.pairs(places), strict=True):
            label = "" if labels is None else f"{labels[place]} · "
            caption = f"{label}{found.errors[place]:.4g}"
            shown.append(Picture(images=tuple(map(address, pair)), caption=caption, row=int(truth.index[place])))
        return Pictures(title=title, help=help_text, names=("Image", "Copy"), pictures=tuple(shown))

    drawn = np.random.default_rng(0).permutation(len(found.errors))[:PAIRS]
    galleries = [
        panel(
            "Most unusual images",
            "The images whose copies are furthest off, the worst first, with the error.",
            np.argsort(-found.errors, kind="stable")[:PAIRS].tolist(),
        ),
        panel("Images and their copies", "Some images, each beside what the model draws of it.", drawn.tolist()),
    ]
    if invented := found.drawn.invented(2 * PAIRS):
        pictures = tuple(Picture(images=(address(pixels),)) for pixels in invented)
        text = "What the model draws of points that it picks by chance from its cloud of images; none of them exists."
        galleries.append(Pictures(title="Invented images", help=text, names=("Invented",), pictures=pictures))
    return galleries
