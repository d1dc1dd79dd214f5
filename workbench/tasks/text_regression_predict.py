"""Predict with this folder's model. requirements.txt names what it needs.

python predict.py "a text" "another one"
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on (UTF-8,
                                                   cells set apart by a comma, semicolon, tab or |)
"""

import argparse
import json
from pathlib import Path

from preparation import prepare  # type: ignore[import-not-found]  # the files beside this one
from rows_file import read_table, write_table  # type: ignore[import-not-found]
from text_model import Model  # type: ignore[import-not-found]

HERE = Path(__file__).resolve().parent
AT_ONCE = 32


class Predictor:
    """Raw texts in; for each text a number out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.column = self.about["columns"]["text"]
        self.model = Model(folder, self.about)

    def numbers(self, texts: list[str]) -> list[float]:
        """In the unit of what was learned."""
        found: list[float] = []
        for start in range(0, len(texts), AT_ONCE):
            some = texts[start : start + AT_ONCE]
            prepared = [prepare({self.column: text}, self.steps)[self.column] for text in some]
            scores = self.model.scores(prepared)
            found += [score * self.about["spread"] + self.about["centre"] for (score,) in scores]
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Predict with this folder's model.")
    parser.add_argument("input", nargs="+", help="texts, or one CSV or TSV file")
    parser.add_argument("--out", type=Path, default=Path("predictions.csv"), help="where a CSV file's answers go")
    options = parser.parse_args()
    predictor = Predictor()
    if len(options.input) > 1 or not options.input[0].lower().endswith((".csv", ".tsv")):
        for text, number in zip(options.input, predictor.numbers(options.input), strict=True):
            print(f"{number:g}\t{text}")  # noqa: T201
        return
    header, table = read_table(Path(options.input[0]), [predictor.column])
    place = header.index(predictor.column)
    answers = predictor.numbers([row[place] for row in table])
    write_table(options.out, header, table, [{"prediction": number} for number in answers])


if __name__ == "__main__":
    main()
