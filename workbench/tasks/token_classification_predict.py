"""Predict with this folder's model. requirements.txt names what it needs.

python predict.py "a text" "another one"
python predict.py table.csv --out answers.csv      the table has the column that the model was trained on (UTF-8,
                                                   cells set apart by a comma, semicolon, tab or |): plain texts, or
                                                   JSON lists of words

Every answer is a JSON list of the pieces found: {"start", "end", "label", "text"}, in characters of the text.
"""

import argparse
import json
from pathlib import Path

from preparation import prepare  # type: ignore[import-not-found]  # the files beside this one
from rows_file import read_table, write_table  # type: ignore[import-not-found]
from word_model import Model  # type: ignore[import-not-found]
from word_pieces import entities, first_pieces, read, spaced, windows  # type: ignore[import-not-found]

HERE = Path(__file__).resolve().parent


class Marker:
    """Raw texts in; for each text the pieces that were found out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        types = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
        self.tags = ["O", *(f"{letter}-{kind}" for kind in types for letter in "BI")]
        self.steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.model = Model(folder, self.about)

    def spans(self, cell: str) -> list[dict[str, object]]:
        """The pieces found in one raw cell, in the order in which they stand."""
        column = self.about["columns"]["tokens"]
        text, places = read(prepare({column: cell}, self.steps)[column], self.about["words"])
        given, lie = spaced(text, places)
        given = given.encode("utf-8", "replace").decode("utf-8")
        pieces, offsets = self.model.pieces(given)
        firsts = first_pieces(lie, offsets)
        tags = ["O"] * len(places)
        for window in windows(len(pieces), self.model.room):
            best = self.model.best(pieces[window.begin : window.end])
            for word, piece in enumerate(firsts):
                if piece is not None and window.own_begin <= piece < window.own_end:
                    tags[word] = self.tags[best[piece - window.begin]]
        found = []
        for first, last, kind in entities(tags):
            start, end = places[first][0], places[last][1]
            found.append({"start": start, "end": end, "label": kind, "text": text[start:end]})
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Predict with this folder's model.")
    parser.add_argument("input", nargs="+", help="texts, or one CSV or TSV file")
    parser.add_argument("--out", default="predictions.csv", help="where a CSV file's answers go")
    options = parser.parse_args()
    marker = Marker()
    if len(options.input) > 1 or not options.input[0].lower().endswith((".csv", ".tsv")):
        for text in options.input:
            print(json.dumps(marker.spans(text), ensure_ascii=False))  # noqa: T201
        return
    column = marker.about["columns"]["tokens"]
    header, rows = read_table(Path(options.input[0]), [column])
    cells = (row[header.index(column)] for row in rows)
    answers = [{"prediction": json.dumps(marker.spans(cell), ensure_ascii=False)} for cell in cells]
    write_table(Path(options.out), header, rows, answers)


if __name__ == "__main__":
    main()
