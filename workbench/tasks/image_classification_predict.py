"""Predict with this folder's model. It needs torch, transformers and Pillow only (requirements.txt).

python predict.py photo.jpg another.png            images of any usual kind
python predict.py folder --out answers.csv         every image in a folder and in those below it
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on, with names
                                                   of files beside the table (UTF-8, cells set apart by commas)
"""

import argparse
import csv
import io
import json
import sys
from pathlib import Path

import torch
from efficientnet_lite import EfficientNetLite  # type: ignore[import-not-found]  # the files beside this one
from image_functions import FUNCTIONS  # type: ignore[import-not-found]
from image_pixels import pixels  # type: ignore[import-not-found]
from images import ENDINGS, Unfit, pictures  # type: ignore[import-not-found]
from PIL import Image
from safetensors.torch import load_file
from small_cnn import SmallCnn  # type: ignore[import-not-found]
from torch.nn.functional import linear, normalize

HERE = Path(__file__).resolve().parent
AT_ONCE = 32
MOST_PIXELS = 50_000_000


class Classifier:
    """Image files in; for each the probability of every label out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        column = self.about["columns"]["image"]
        steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.steps = [step for step in steps if step["column"] == column and step["function"] in FUNCTIONS]
        self.encoder = empty(folder, self.about["pooling"])
        weights = load_file(folder / "model.safetensors")
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()
        self.mean, self.deviation = (torch.tensor(self.about[key]).view(3, 1, 1) for key in ("mean", "deviation"))

    @torch.inference_mode()
    def probabilities(self, files: list[Path]) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, len(files), AT_ONCE):
            images = torch.stack([self.image(file) for file in files[start : start + AT_ONCE]])
            features = normalize(self.features(images), dim=-1)
            found += linear(features * self.about["scale"], *self.head).softmax(-1).tolist()
        return found

    def image(self, file: Path) -> torch.Tensor:
        """The image as the training images were: upright, 8 bits, prepared, (3, side, side)."""
        try:
            content = pictures(file.read_bytes(), "first", MOST_PIXELS)[0].content
        except (Unfit, OSError) as error:
            sys.exit(f"{file} cannot be used: {error}.")
        with Image.open(io.BytesIO(content)) as opened:
            image = opened.convert("L" if opened.mode == "L" else "RGB")
        for step in self.steps:
            image = FUNCTIONS[step["function"]](image, **step["settings"])
        values = torch.from_numpy(pixels(image.convert("RGB"), self.about["image_size"]).copy())
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

    def rows(self, files: list[Path]) -> list[dict[str, object]]:
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Predict with this folder's model.")
    parser.add_argument("input", nargs="+", help="image files, a folder of them, or one CSV file that names them")
    parser.add_argument("--out", default="predictions.csv", help="where the answers for a folder or a CSV file go")
    options = parser.parse_args()
    classifier = Classifier()
    given = Path(options.input[0])
    if missing := [name for name in options.input if not Path(name).exists()]:
        sys.exit(f"There is no file {missing[0]}.")
    if len(options.input) > 1 or not (given.is_dir() or given.suffix.lower() == ".csv"):
        files = [Path(name) for name in options.input]
        for file, answer in zip(files, classifier.rows(files), strict=True):
            print(f"{answer['prediction']}\t{answer['confidence']:.3f}\t{file}")  # noqa: T201
        return
    column = classifier.about["columns"]["image"]
    header, table, files = in_folder(given) if given.is_dir() else in_table(given, column)
    answers = classifier.rows(files)
    names = list(answers[0]) if answers else []
    if taken := [name for name in names if name in header]:
        sys.exit(f"{given} has a column '{taken[0]}' already. Rename it, then predict again.")
    with Path(options.out).open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow([harmless(name) for name in [*header, *names]])
        for row, answer in zip(table, answers, strict=True):
            writer.writerow([harmless(cell) for cell in [*row, *answer.values()]])


def in_folder(folder: Path) -> tuple[list[str], list[list[str]], list[Path]]:
    """Every image below ``folder`` under the column "file"."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    return ["file"], [[path.relative_to(folder).as_posix()] for path in files], files


def in_table(path: Path, column: str) -> tuple[list[str], list[list[str]], list[Path]]:
    """The table's header and rows, and the file that each row names."""
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    except UnicodeDecodeError:
        sys.exit(f"{path} is not written in UTF-8. Save it as UTF-8, then predict again.")
    header, rows = lines[0] if lines else [], [line for line in lines[1:] if line]
    if column not in header:
        sys.exit(f"{path} has no column '{column}'; it has: {', '.join(header)[:200]}")
    place = header.index(column)
    files = []
    for number, row in enumerate(rows, start=2):
        if len(row) != len(header):
            sys.exit(f"{path}: row {number} has {len(row)} cells, and there are {len(header)} columns.")
        files.append(path.parent / row[place])
        if not files[-1].is_file():
            sys.exit(f"{path}: row {number} names {row[place]}, and there is no such file beside the table.")
    return header, rows, files


def harmless(cell: object) -> object:
    """A spreadsheet runs a cell that begins like a formula; an apostrophe keeps it a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


if __name__ == "__main__":
    main()
