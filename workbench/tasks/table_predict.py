"""Predict with this folder's model. What it needs is in requirements.txt.

python predict.py table.csv --out answers.csv      the table has the columns that the model was trained on (UTF-8,
                                                   cells set apart by a comma, semicolon, tab or |)
"""

import argparse
import json
import math
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from preparation import prepare  # type: ignore[import-not-found]  # the files beside this one
from rows_file import read_table, write_table  # type: ignore[import-not-found]
from table_functions import number  # type: ignore[import-not-found]
from table_model import Model  # type: ignore[import-not-found]

HERE = Path(__file__).resolve().parent
AT_ONCE = 4096


class Predictor:
    """Raw rows in; for each row its answer out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        labels = folder / "labels.json"
        self.labels = json.loads(labels.read_text(encoding="utf-8")) if labels.is_file() else []
        self.model = Model(folder, self.about, len(self.labels))

    def rows(self, given: Sequence[Mapping[str, str]]) -> list[dict[str, object]]:
        """The answer to each row: a number, or the most probable label with the probabilities of all."""
        answers: list[dict[str, object]] = []
        for start in range(0, len(given), AT_ONCE):
            prepared = [prepare(row, self.steps) for row in given[start : start + AT_ONCE]]
            numbers, codes = [self._numbers(row) for row in prepared], [self._codes(row) for row in prepared]
            if self.labels:
                answers += map(self._label, self.model.probabilities(numbers, codes))
            else:
                answers += [{"prediction": value} for value in self.model.amounts(numbers, codes)]
        return answers

    def _numbers(self, row: Mapping[str, str]) -> list[float]:
        found = (number(row[name]) for name in self.about["table"]["numbers"])
        return [math.nan if value is None else value for value in found]

    def _codes(self, row: Mapping[str, str]) -> list[int]:
        table = self.about["table"]
        cells = [row[kept["column"]].strip() for kept in table["categories"]]
        codes = [
            kept["values"].index(cell) + 1 if cell in kept["values"] else 0
            for kept, cell in zip(table["categories"], cells, strict=True)
        ]
        hashed = [(row[kept["column"]].strip().encode("utf-8", "surrogatepass"), kept) for kept in table["hashed"]]
        return codes + [zlib.crc32(cell) % kept["buckets"] for cell, kept in hashed]

    def _label(self, chances: list[float]) -> dict[str, object]:
        best = max(range(len(chances)), key=chances.__getitem__)
        each = {f"probability_{label}": chance for label, chance in zip(self.labels, chances, strict=True)}
        return {"prediction": self.labels[best], "confidence": chances[best], **each}


def main() -> None:
    parser = argparse.ArgumentParser(description="Predict with this folder's model.")
    parser.add_argument("input", type=Path, help="a CSV or TSV file")
    parser.add_argument("--out", type=Path, default=Path("predictions.csv"), help="where the answers go")
    options = parser.parse_args()
    predictor = Predictor()
    header, table = read_table(options.input, predictor.about["features"])
    answers = predictor.rows([dict(zip(header, row, strict=True)) for row in table])
    write_table(options.out, header, table, answers)


if __name__ == "__main__":
    main()
