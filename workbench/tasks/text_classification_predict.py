"""Predict with this folder's model. It needs torch and transformers only (requirements.txt).

python predict.py "a text" "another one"
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on
"""

import argparse
import csv
import json
import sys
from pathlib import Path

import torch
from preparation import prepare  # type: ignore[import-not-found]  # the file beside this one
from safetensors.torch import load_file
from torch.nn.functional import linear, normalize
from transformers import AutoConfig, AutoModel, AutoTokenizer

HERE = Path(__file__).resolve().parent


class Classifier:
    """Raw texts in; for each text the probability of every label out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        self.steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
        self.encoder.pooler = None  # the mean of all words is used instead
        weights = load_file(folder / "model.safetensors")
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()

    @torch.inference_mode()
    def probabilities(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = []
        for start in range(0, len(texts), 32):
            prepared = [prepare(text, self.steps) for text in texts[start : start + 32]]
            batch = self.tokenizer(
                prepared,
                truncation=True,
                max_length=self.about["max_length"],
                padding=True,
                return_token_type_ids=False,
                return_tensors="pt",
            )
            states = self.encoder(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            mean = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            scores = linear(normalize(mean, dim=-1) * self.about["scale"], *self.head)
            found += scores.softmax(-1).tolist()
        return found

    def rows(self, texts: list[str]) -> list[dict[str, object]]:
        """The most probable label of each text, its probability, and those of all labels."""
        answers = []
        for chances in self.probabilities(texts):
            best = max(range(len(chances)), key=chances.__getitem__)
            each = {f"probability_{label}": chance for label, chance in zip(self.labels, chances, strict=True)}
            answers.append({"prediction": self.labels[best], "confidence": chances[best], **each})
        return answers


def main() -> None:
    parser = argparse.ArgumentParser(description="Predict with this folder's model.")
    parser.add_argument("input", nargs="+", help="texts, or one CSV file")
    parser.add_argument("--out", default="predictions.csv", help="where a CSV file's answers go")
    options = parser.parse_args()
    classifier = Classifier()
    if len(options.input) > 1 or not options.input[0].lower().endswith(".csv"):
        for text, answer in zip(options.input, classifier.rows(options.input), strict=True):
            print(f"{answer['prediction']}\t{answer['confidence']:.3f}\t{text}")  # noqa: T201
        return
    if not Path(options.input[0]).is_file():
        sys.exit(f"There is no file {options.input[0]}.")
    with Path(options.input[0]).open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    column = classifier.about["columns"]["text"]
    if table and column not in table[0]:
        sys.exit(f"{options.input[0]} has no column '{column}'; it has: {', '.join(table[0])}.")
    answers = classifier.rows([row[column] or "" for row in table])
    with Path(options.out).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*table[0], *answers[0]] if table else [column])
        writer.writeheader()
        for row, answer in zip(table, answers, strict=True):
            writer.writerow({name: harmless(cell) for name, cell in (row | answer).items()})


def harmless(cell: object) -> object:
    """A spreadsheet runs a cell that begins like a formula; an apostrophe keeps it a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


if __name__ == "__main__":
    main()
