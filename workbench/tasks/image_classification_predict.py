"""Predict with this folder's model. It needs torch, transformers and Pillow only (requirements.txt).

python predict.py photo.jpg another.png            images of any usual kind
python predict.py folder --out answers.csv         every image in a folder and in those below it
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on, with names
                                                   of files beside the table (UTF-8, cells set apart by commas)
"""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from efficientnet_lite import EfficientNetLite  # type: ignore[import-not-found]  # the files beside this one
from image_pixels import pixels  # type: ignore[import-not-found]
from image_script import Reader, main  # type: ignore[import-not-found]
from safetensors.torch import load_file
from small_cnn import SmallCnn  # type: ignore[import-not-found]
from torch.nn.functional import linear, normalize

HERE = Path(__file__).resolve().parent
AT_ONCE = 32


class Classifier:
    """Image files in; for each the probability of every label out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.reader = Reader(folder)
        self.about = self.reader.about
        self.labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        self.encoder = empty(folder, self.about["pooling"])
        weights = load_file(folder / "model.safetensors")
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()
        self.mean, self.deviation = (torch.tensor(self.about[key]).view(3, 1, 1) for key in ("mean", "deviation"))

    @torch.inference_mode()
    def probabilities(self, files: Sequence[Path]) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, len(files), AT_ONCE):
            images = torch.stack([self.image(file) for file in files[start : start + AT_ONCE]])
            features = normalize(self.features(images), dim=-1)
            found += linear(features * self.about["scale"], *self.head).softmax(-1).tolist()
        return found

    def image(self, file: Path) -> torch.Tensor:
        """The image as the network takes it, (3, side, side)."""
        values = torch.from_numpy(pixels(self.reader.image(file).convert("RGB"), self.about["image_size"]).copy())
        return (values.permute(2, 0, 1) / 255 - self.mean) / self.deviation

    def features(self, images: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor
        if self.about["pooling"] == "own":
            made = self.encoder(images)
        elif self.about["pooling"] == "first":
            made = self.encoder(pixel_values=images).last_hidden_state[:, 0]
        else:
            made = self.encoder(pixel_values=images).pooler_output.flatten(1)
        return made

    def rows(self, files: Sequence[Path]) -> list[dict[str, object]]:
        """The most probable label of each image, its probability, and those of all labels."""
        answers = []
        for chances in self.probabilities(files):
            best = max(range(len(chances)), key=chances.__getitem__)
            each = {f"probability_{label}": chance for label, chance in zip(self.labels, chances, strict=True)}
            answers.append({"prediction": self.labels[best], "confidence": chances[best], **each})
        return answers


def empty(folder: Path, pooling: str) -> torch.nn.Module:
    """The network that config.json describes, with weights still to be filled in."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    made: torch.nn.Module
    if config["model_type"] == "efficientnet-lite":
        made = EfficientNetLite()
    elif config["model_type"] == "small-cnn":
        made = SmallCnn(config["channels"])
    else:
        from transformers import AutoConfig, AutoModel

        made = AutoModel.from_config(AutoConfig.from_pretrained(folder), dtype=torch.float32)
        if pooling == "first":
            made.register_module("pooler", None)  # the first token is used as it is
    return made


if __name__ == "__main__":
    classifier = Classifier()
    main(classifier.reader.column, classifier.rows, lambda row: f"{row['prediction']}\t{row['confidence']:.3f}")
