"""Predict with this folder's model. requirements.txt names what it needs.

python predict.py "a text" "another one"
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on (UTF-8,
                                                   cells set apart by a comma, semicolon, tab or |)
"""

import argparse
import csv
import io
import json
import sys
from pathlib import Path

from preparation import prepare  # type: ignore[import-not-found]  # the files beside this one
from text_model import Model  # type: ignore[import-not-found]

HERE = Path(__file__).resolve().parent


class Classifier:
    """Raw texts in; for each text the probability of every label out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.labels = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        self.steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.model = Model(folder, self.about)

    def probabilities(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = []
        column = self.about["columns"]["text"]
        for start in range(0, len(texts), 32):
            prepared = [prepare({column: text}, self.steps)[column] for text in texts[start : start + 32]]
            found += self.model.probabilities(prepared)
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
    parser.add_argument("input", nargs="+", help="texts, or one CSV or TSV file")
    parser.add_argument("--out", default="predictions.csv", help="where a CSV file's answers go")
    options = parser.parse_args()
    classifier = Classifier()
    if len(options.input) > 1 or not options.input[0].lower().endswith((".csv", ".tsv")):
        for text, answer in zip(options.input, classifier.rows(options.input), strict=True):
            print(f"{answer['prediction']}\t{answer['confidence']:.3f}\t{text}")  # noqa: T201
        return
    if not Path(options.input[0]).is_file():
        sys.exit(f"There is no file {options.input[0]}.")
    column = classifier.about["columns"]["text"]
    header, table = read_table(Path(options.input[0]), column)
    answers = classifier.rows([row[header.index(column)] for row in table])
    names = list(answers[0]) if answers else []
    if taken := [name for name in names if name in header]:
        sys.exit(f"{options.input[0]} has a column '{taken[0]}' already. Rename it, then predict again.")
    with Path(options.out).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([harmless(name) for name in [*header, *names]])
        for row, answer in zip(table, answers, strict=True):
            writer.writerow([harmless(cell) for cell in [*row, *answer.values()]])


def read_table(path: Path, column: str) -> tuple[list[str], list[list[str]]]:
    """Column names, and rows of as many cells. The separator is the one that sets ``column`` apart in the header."""
    csv.field_size_limit(10_000_000)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        sys.exit(f"{path} is not written in UTF-8. Save it as UTF-8, then predict again.")
    lines: list[list[str]] = [[]]
    for separator in ",;\t|":
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) or [[]]
        if column in lines[0]:
            break
    else:
        first = text.partition("\n")[0].strip()
        sys.exit(f"{path} has no column '{column}'; its first line is: {first[:200]}")
    header, rows = lines[0], [line for line in lines[1:] if line]
    for number, row in enumerate(rows, start=2):
        if len(row) > len(header):
            sys.exit(f"{path}: row {number} has {len(row)} cells, and there are {len(header)} columns. Quote its text.")
    return header, [[*row, *[""] * (len(header) - len(row))] for row in rows]


def harmless(cell: object) -> object:
    """A spreadsheet runs a cell that begins like a formula; an apostrophe keeps it a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell


if __name__ == "__main__":
    main()
