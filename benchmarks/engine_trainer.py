"""The recipe that people usually run, for ``benchmarks.engine``: transformers.Trainer, as it is or improved."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from PIL import Image
from torch import nn
from torch.utils.data import Dataset
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    default_data_collator,
)
from transformers.utils import logging

from benchmarks.engine_sets import Parts
from workbench.networks.image_encoder import load_encoder

SIDES = (224, 128)  # pixels, as is usual and improved

logging.set_verbosity_error()


class Rows(Dataset):
    """Encoded samples with the numbers of their labels."""

    def __init__(self, samples: Sequence[dict[str, Any]], labels: Sequence[int]) -> None:
        self.samples, self.labels = samples, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, row: int) -> dict[str, Any]:
        return {**self.samples[row], "labels": self.labels[row]}


class Classifier(nn.Module):
    """An encoder of images with the usual new layer on what it sees."""

    def __init__(self, folder: Path, labels: int) -> None:
        super().__init__()
        self.encoder, _ = load_encoder(folder, seed=0)
        self.head = nn.Linear(self.encoder(torch.zeros(1, 3, 64, 64)).shape[1], labels)

    def forward(self, pixel_values: torch.Tensor, labels: torch.Tensor | None = None) -> dict[str, torch.Tensor]:
        logits = self.head(self.encoder(pixel_values))
        if labels is None:
            return {"logits": logits}
        return {"loss": nn.functional.cross_entropy(logits, labels), "logits": logits}


def texts(parts: Parts, folder: Path, scratch: str, *, seed: int, rate: float | None) -> tuple[float, float, list[str]]:
    """Macro-F1 on the validation rows, epochs, and answers for the test rows; improved where there is a ``rate``."""
    labels = sorted(parts.train["label"].unique())
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(labels), local_files_only=True)

    def rows(part: pd.DataFrame) -> Rows:
        padding = "max_length" if rate is None else False
        read = tokenizer(part["text"].tolist(), truncation=True, max_length=128, padding=padding)
        return Rows([{key: read[key][row] for key in read} for row in range(len(part))], _numbers(part, labels))

    changes = (
        {} if rate is None else {"learning_rate": rate, "bf16": True, "train_sampling_strategy": "group_by_length"}
    )
    return _learn(model, rows, parts, labels, scratch, seed, changes, DataCollatorWithPadding(tokenizer))


def images(
    parts: Parts, folder: Path, scratch: str, *, seed: int, rate: float | None
) -> tuple[float, float, list[str]]:
    """As ``texts``. Pixels are read before; all of them are in memory."""
    labels = sorted(parts.train["label"].unique())
    torch.manual_seed(seed)
    model, side = Classifier(folder, len(labels)), SIDES[rate is not None]
    changes = {} if rate is None else {"learning_rate": rate, "bf16": True}

    def rows(part: pd.DataFrame) -> Rows:
        return Rows([{"pixel_values": _pixels(path, side)} for path in part["image"]], _numbers(part, labels))

    return _learn(model, rows, parts, labels, scratch, seed, changes, default_data_collator)


def looks(kind: str, part: pd.DataFrame, folder: Path) -> Iterator[tuple[dict[str, Any], nn.Module]]:
    """Each sample as the encoder reads it, by itself, and the encoder."""
    if kind == "image":
        model = Classifier(folder, 2)
        for path in part["image"]:
            yield {"pixel_values": _pixels(path, SIDES[0])[None]}, model
        return
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True)
    for text in part["text"]:
        yield dict(tokenizer(text, truncation=True, max_length=128, return_tensors="pt")), network


def _learn(
    model: nn.Module,
    rows: Any,
    parts: Parts,
    labels: Sequence[str],
    scratch: str,
    seed: int,
    changes: dict[str, Any],
    collator: Any,
) -> tuple[float, float, list[str]]:
    from sklearn.metrics import f1_score

    arguments = TrainingArguments(scratch, seed=seed, report_to=[], disable_tqdm=True, use_cpu=True, **changes)
    trainer = Trainer(model, arguments, train_dataset=rows(parts.train), data_collator=collator)
    trainer.train()
    answers = [
        [labels[place] for place in trainer.predict(rows(part)).predictions.argmax(1)]
        for part in (parts.validation, parts.test)
    ]
    score = f1_score(parts.validation["label"], answers[0], average="macro")
    return float(score), float(arguments.num_train_epochs), answers[1]


def _numbers(part: pd.DataFrame, labels: Sequence[str]) -> list[int]:
    return [labels.index(label) for label in part["label"]]


def _pixels(path: str, side: int) -> torch.Tensor:
    """(3, side, side), each channel from -1 to 1, as the starter wants it."""
    with Image.open(path) as image:
        small = image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    pixels = torch.frombuffer(bytearray(small.tobytes()), dtype=torch.uint8).view(side, side, 3).permute(2, 0, 1)
    return pixels.float() / 127.5 - 1
