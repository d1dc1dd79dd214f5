"""Image classification: a network that has seen many photographs learns to give every image one of your labels."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.data.profiles.profile import TableProfile
from workbench.errors import ModelError, TrainingError
from workbench.evaluate.panels import Scores
from workbench.models import scratch
from workbench.recipe import Training
from workbench.tasks import image_tables, label_findings, label_metrics
from workbench.tasks.protocol import (
    Fact,
    Finding,
    Fitted,
    LabelPredictions,
    LearnerContext,
    Metric,
    Predictions,
    Predicts,
    Role,
    Split,
    Suggestion,
    as_labels,
)
from workbench.training import image_rules
from workbench.training.machine import Machine
from workbench.training.problem import Problem

if TYPE_CHECKING:
    from workbench.tasks.image_learner import Seeing

WHEN_FEW = "Add images, choose the method that trains a small layer only, or switch on augmentation."
CARRIED = (  # what an exported model is used with, beside predict.py: nothing but torch, Pillow and numpy
    ("networks", "efficientnet_lite.py"),
    ("networks", "small_cnn.py"),
    ("tasks", "image_model.py"),
    ("tasks", "image_pixels.py"),
    ("tasks", "image_script.py"),
    ("data", "images.py"),
)


@dataclass(frozen=True, slots=True)
class ImageClassification:
    """Stateless, as every task. Torch and Pillow are imported by what trains, predicts or loads."""

    name: str = "image-classification"
    title: str = "Image classification"
    summary: str = "Give every image one of your labels: which animal it shows, whether a part is broken, which digit."
    icon: str = ":material/image:"
    default_model: str | None = "starter/efficientnet-lite0"
    roles: tuple[Role, ...] = (
        Role("image", "Image", "The column with the images that the model looks at.", "image"),
        Role("label", "Label", "The column with the right answer for each image.", "category", target=True),
    )
    metrics: tuple[Metric, ...] = label_metrics.METRICS

    @property
    def headline(self) -> Metric:
        return self.metrics[0]

    def suits(self, profile: TableProfile) -> Suggestion:
        label = image_tables.label_of(profile)
        if profile.images is None or profile.column("image") is None or label is None:
            return Suggestion(0.0, "It needs images and a column with a few labels that repeat.", {})
        reason = f"The rows have images, and '{label.name}' holds {label.distinct} labels that repeat."
        return Suggestion(0.95, reason, {"image": "image", "label": label.name})

    def check(self, split: Split) -> list[Finding]:
        found = label_findings.find(split, "label", self.title)
        if missing := label_findings.without_rows(split):
            return [*found, *missing]
        return [*found, *image_tables.findings(split, WHEN_FEW), *label_findings.few_test_rows(split)]

    def plan(
        self,
        training: Training,
        split: Split,
        device: str,
        machine: Machine | None = None,
        model: str | None = None,
    ) -> Mapping[str, Fact]:
        return image_rules.choose(
            training,
            rows=len(split.train),
            longest=image_tables.usual_side(split.train["image"].tolist()),
            device=device,
            machine=machine,
            pretrained=not (model or "").startswith(scratch.PREFIX),
        )

    def baseline(self, split: Split) -> Predicts:
        from workbench.tasks.image_baseline import fit

        return fit(split.train["image"].tolist(), split.train["label"].tolist())

    def learner(self, split: Split, context: LearnerContext) -> Problem:
        import torch

        from workbench.models import folder
        from workbench.networks.image_encoder import ImageClassifier, fitting_side, load_encoder
        from workbench.tasks import image_learner
        from workbench.tasks.image_learner import Seeing

        if context.model is None:
            raise TrainingError("no model was chosen", remedy="Choose a model on the Model page.")
        pretrained = bool(folder.check(context.model, "image"))
        plan = context.plan
        if plan.method != "full" and not pretrained:
            raise TrainingError(
                "a network from scratch sees nothing yet that a small layer could learn from",
                remedy="Choose the method 'Train everything', or a pretrained model.",
            )
        encoder, reading = load_encoder(context.model, context.seed)
        labels = tuple(sorted(set(split.train["label"])))
        network = ImageClassifier(encoder, reading, len(labels), context.seed)
        network.to(plan.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        side = fitting_side(reading, plan.image_size or 224)
        seeing = Seeing(network, labels, side, plan.device)
        return image_learner.problem(seeing, split, context, context.model, pretrained=pretrained)

    def score(self, truth: pd.DataFrame, predicted: Predictions, baseline: Predictions | None = None) -> Scores:
        simple = None if baseline is None else as_labels(baseline)
        return label_metrics.score(truth["label"].tolist(), as_labels(predicted), simple)

    def load(self, folder: Path, device: str = "cpu") -> Fitted:
        return ImageClassifierFitted(_read(folder, device))

    def export_files(self, folder: Path) -> Mapping[str, str]:  # noqa: ARG002  (the same for every model)
        here = Path(__file__)
        script = here.with_name("image_classification_predict.py").read_text(encoding="utf-8")
        carried = {name: (here.parents[1] / room / name).read_text(encoding="utf-8") for room, name in CARRIED}
        return {"predict.py": script, **carried}


TASK = ImageClassification()


@dataclass(frozen=True, slots=True)
class ImageClassifierFitted:
    """A trained classifier of images; predicts in exact arithmetic, whatever it was trained with."""

    seeing: "Seeing"

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        from workbench.tasks.image_cache import Pictures

        seeing = self.seeing
        scores = seeing.each(Pictures(tuple(rows["image"]), seeing.side, 3, "", None), embed=False)
        assert scores is not None  # nothing can cut it short without a reporter
        powers = np.exp(scores.astype(np.float64) - scores.max(axis=1, keepdims=True))
        return LabelPredictions(seeing.labels, powers / powers.sum(axis=1, keepdims=True))

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        from workbench.networks.image_encoder import pooling, save_config

        network, reading = self.seeing.network, self.seeing.network.reading
        weights = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        save_config(network.encoder, folder)
        about = {
            "image_size": self.seeing.side,
            "mean": reading.mean,
            "deviation": reading.deviation,
            "scale": self.seeing.network.scale,
            "pooling": pooling(network.encoder),
        }
        _write(folder / "labels.json", list(self.seeing.labels))
        _write(folder / "workbench.json", about)


def _read(folder: Path, device: str) -> "Seeing":
    """The network, labels and size of a saved model. Raises ModelError when a part is missing."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from workbench.models import folder as model_folder
    from workbench.networks.image_encoder import ImageClassifier, Reading, empty_encoder
    from workbench.tasks.image_learner import Seeing

    model_folder.check(folder, "image")  # an imported or copied folder may say anything
    try:
        labels = tuple(json.loads((folder / "labels.json").read_text(encoding="utf-8")))
        about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        side = int(about["image_size"])
        reading = Reading(side, tuple(about["mean"]), tuple(about["deviation"]))
        network = ImageClassifier(empty_encoder(folder), reading, len(labels)).to(device)
        network.load_state_dict(load_file(folder / "model.safetensors", device=device))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelError(
            f"the saved model cannot be read ({error})", where=str(folder), remedy="Export the model again."
        ) from error
    return Seeing(network.eval(), labels, side, device)


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
