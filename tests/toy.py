"""A task small enough that a whole run takes a second: labels from a few counts of letters, with dropout.

It goes through the same loop, checkpoints, scoring and export as a real one. ``TOY_DELAY`` (seconds) slows every batch
down, so that a test can meet a run in the middle; ``TOY_BALLAST`` (megabytes) makes saving take a while; ``TOY_FAIL``
makes loading fail with an error nobody foresaw ("memory": for want of memory). ``TOY_MEMORY`` says how many rows fit
into memory at once: more raise MemoryError, or with ``TOY_MEMORY_EVENTS`` (a file like the kernel's) are counted
there, and the process is killed. While the file ``TOY_FULL`` is there, the disk of the workers is full.
"""

import errno
import json
import os
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench.evaluate.panels import Score, Scores
from workbench.tasks.protocol import Finding, LabelPredictions, LearnerContext, Metric, Role, Split, Suggestion
from workbench.training.problem import Group
from workbench.training.rules import Fact

LETTERS = "aeiourst"


def features(texts: Sequence[str]) -> np.ndarray:
    counts = [[text.count(letter) / 10 for letter in LETTERS] + [len(text) / 50] for text in texts]
    return np.asarray(counts, dtype=np.float32).reshape(len(texts), len(LETTERS) + 1)


class Toy:
    name = "toy-letters"
    title = "Toy"
    summary = "Tells texts apart by their letters."
    icon = "toys"
    roles = (
        Role("text", "Text", "The text.", "text"),
        Role("label", "Label", "The answer.", "category", target=True),
    )
    headline = Metric("accuracy", "Accuracy", "Share of right answers.")
    metrics = (headline, Metric("macro_f1", "Macro F1", "Mean F1."))
    default_model = None

    def suits(self, profile: Any) -> Suggestion:
        return Suggestion(0.0, "never suggested", {})

    def check(self, split: Split) -> list[Finding]:
        if split.train["label"].nunique() < 2:
            return [Finding("error", "TOY-39", "the data holds one label", "Bring rows with another one.")]
        return []

    def plan(
        self, training: Any, split: Split, device: str, machine: Any = None, model: Any = None
    ) -> Mapping[str, Fact]:
        chosen = {
            "method": training.method,
            "epochs": 3 if training.epochs == "auto" else training.epochs,
            "batch_size": 8 if training.batch_size == "auto" else training.batch_size,
            "learning_rate": 0.01 if training.learning_rate == "auto" else training.learning_rate,
            "checkpoint_steps": None if training.checkpoint_steps == "auto" else training.checkpoint_steps,
            "early_stopping": training.early_stopping,
            "device": device,
            "threads": 1,
        }
        return {key: Fact(value, "because it is a toy") for key, value in chosen.items()}

    def baseline(self, split: Split) -> "Majority":
        return Majority(tuple(sorted(split.train["label"].unique())), split.train["label"].mode()[0])

    def learner(self, split: Split, context: LearnerContext) -> "Letters":
        if os.environ.get("TOY_FAIL") == "memory":
            raise MemoryError
        if os.environ.get("TOY_FAIL"):
            raise RuntimeError("nobody foresaw this\nsecond line")
        return Letters(split, context.seed)

    def score(
        self, truth: pd.DataFrame, predicted: LabelPredictions, baseline: LabelPredictions | None = None
    ) -> Scores:
        right = float(np.mean(truth["label"].to_numpy() == np.asarray(predicted.predicted)))
        return Scores(rows=len(truth), values={"accuracy": Score(value=right), "macro_f1": Score(value=right)})

    def load(self, folder: Path, device: str = "cpu") -> "Trained":
        from safetensors.torch import load_file

        labels = tuple(json.loads((folder / "labels.json").read_text()))
        module = network(len(labels))
        module.load_state_dict(load_file(folder / "model.safetensors"))
        return Trained(module, labels)

    def export_files(self, folder: Path) -> Mapping[str, str]:
        return {}


class Majority:
    def __init__(self, labels: tuple[str, ...], label: str) -> None:
        self.labels, self.label = labels, label

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        row = [float(label == self.label) for label in self.labels]
        return LabelPredictions(self.labels, np.tile(row, (len(rows), 1)))

    def save(self, folder: Path) -> None:
        raise NotImplementedError


class Letters:
    headline = ("accuracy", True)

    def __init__(self, split: Split, seed: int) -> None:
        import torch

        self.labels = tuple(sorted(split.train["label"].unique()))
        self.x = torch.from_numpy(features(split.train["text"].tolist()))
        self.y = torch.tensor([self.labels.index(label) for label in split.train["label"]])
        self.held_out = split.validation
        torch.manual_seed(seed)
        self.module = network(len(self.labels))
        if ballast := int(os.environ.get("TOY_BALLAST", "0")):
            self.module.register_buffer("ballast", torch.zeros(ballast, 250_000))
        self.groups = [Group(list(self.module.parameters()))]
        self.delay = float(os.environ.get("TOY_DELAY", "0"))
        self.most = int(os.environ.get("TOY_MEMORY", "1000000"))

    def prepare(self, reporter: Any, *, fresh: bool) -> None:
        return None

    def lengths(self, epoch: int) -> list[int]:
        return [1] * len(self.y)

    def batch(self, rows: Sequence[int], epoch: int) -> Any:
        time.sleep(self.delay)
        if len(rows) > self.most:
            run_out_of_memory()
        return self.x[list(rows)], self.y[list(rows)]

    def loss(self, batch: Any) -> Any:
        import torch

        x, y = batch
        return torch.nn.functional.cross_entropy(self.module(x), y, reduction="sum"), len(y)

    def validate(self) -> dict[str, float]:
        predicted = np.asarray(self.fitted().predict(self.held_out).predicted)
        accuracy = float(np.mean(predicted == self.held_out["label"].to_numpy()))
        return {"loss": 1 - accuracy, "accuracy": accuracy, "macro_f1": accuracy}

    def fitted(self) -> "Trained":
        return Trained(self.module, self.labels)


def run_out_of_memory() -> None:
    events = os.environ.get("TOY_MEMORY_EVENTS")
    if events is None:
        raise MemoryError
    kills = int(Path(events).read_text().split()[-1])
    Path(events).write_text(f"oom 0\noom_kill {kills + 1}\n")
    os.kill(os.getpid(), signal.SIGKILL)


class Trained:
    def __init__(self, module: Any, labels: tuple[str, ...]) -> None:
        self.module, self.labels = module, labels

    def predict(self, rows: pd.DataFrame) -> LabelPredictions:
        import torch

        learning = self.module.training
        self.module.eval()
        with torch.no_grad():
            scores = self.module(torch.from_numpy(features(rows["text"].tolist()))).double()
        self.module.train(learning)
        return LabelPredictions(self.labels, torch.softmax(scores, dim=1).numpy())

    def save(self, folder: Path) -> None:
        from safetensors.torch import save_file

        save_file(dict(self.module.named_parameters()), folder / "model.safetensors")
        (folder / "labels.json").write_text(json.dumps(self.labels))


def network(labels: int) -> Any:
    import torch

    width = len(LETTERS) + 1
    return torch.nn.Sequential(
        torch.nn.Linear(width, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, labels)
    )


def fill_the_disk(file: Path) -> None:
    """While ``file`` is there, nothing can be flushed to the disk in this process, and none of it is free."""
    flush, usage = os.fsync, shutil.disk_usage

    def fsync(descriptor: int) -> None:
        if file.exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(descriptor)

    os.fsync = fsync
    shutil.disk_usage = lambda place: usage(place)._replace(free=0) if file.exists() else usage(place)


TASK = Toy()
if "TOY_FULL" in os.environ:
    fill_the_disk(Path(os.environ["TOY_FULL"]))
