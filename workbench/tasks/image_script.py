"""What predict.py of every model for images does with files, folders and tables of names. Needs Pillow and the files
that lie beside it."""

import argparse
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from image_functions import FUNCTIONS  # type: ignore[import-not-found]  # the files beside this one
from images import ENDINGS, Unfit, pictures  # type: ignore[import-not-found]
from PIL import Image
from rows_file import read_table, write_table  # type: ignore[import-not-found]

MOST_PIXELS = 50_000_000

Answer = dict[str, object]


class Reader:
    """Image files as the model's training images were: upright, 8 bits, prepared. ``about`` is workbench.json."""

    def __init__(self, folder: Path) -> None:
        self.about: dict[str, Any] = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.column: str = self.about["columns"]["image"]
        steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.steps = [step for step in steps if step["column"] == self.column and step["function"] in FUNCTIONS]

    def image(self, file: Path) -> Image.Image:
        """Grey or RGB. A file that cannot be used ends the program with a sentence that says why."""
        try:
            content = pictures(file.read_bytes(), "first", MOST_PIXELS)[0].content
        except (Unfit, OSError) as error:
            sys.exit(f"{file} cannot be used: {error}.")
        with Image.open(io.BytesIO(content)) as opened:
            image = opened.convert("L" if opened.mode == "L" else "RGB")
        for step in self.steps:
            image = FUNCTIONS[step["function"]](image, **step["settings"])
        return image


def main(column: str, answers: Callable[[Sequence[Path]], list[Answer]], said: Callable[[Answer], str]) -> None:
    """Answer for what the command line names: image files, a folder of them, or a table with a ``column`` of names.

    ``said`` is what is printed of an answer before the file's name; the others become columns of a CSV file.
    """
    parser = argparse.ArgumentParser(description="Predict with this folder's model.")
    parser.add_argument("input", nargs="+", help="image files, a folder of them, or one CSV file that names them")
    parser.add_argument("--out", default="predictions.csv", help="where the answers for a folder or a CSV file go")
    options = parser.parse_args()
    if missing := [name for name in options.input if not Path(name).exists()]:
        sys.exit(f"There is no file {missing[0]}.")
    given = Path(options.input[0])
    if len(options.input) > 1 or not (given.is_dir() or given.suffix.lower() == ".csv"):
        files = [Path(name) for name in options.input]
        for file, answer in zip(files, answers(files), strict=True):
            print(f"{said(answer)}\t{file}")  # noqa: T201
        return
    header, rows, files = _in_folder(given) if given.is_dir() else _in_table(given, column)
    write_table(Path(options.out), header, rows, answers(files))


def _in_folder(folder: Path) -> tuple[list[str], list[list[str]], list[Path]]:
    """Every image below ``folder`` under the column "file"."""
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    return ["file"], [[path.relative_to(folder).as_posix()] for path in files], files


def _in_table(path: Path, column: str) -> tuple[list[str], list[list[str]], list[Path]]:
    """The table's header and rows, and the file that each row names."""
    header, rows = read_table(path, [column])
    place = header.index(column)
    files = [path.parent / row[place] for row in rows]
    for number, (row, file) in enumerate(zip(rows, files, strict=True), start=2):
        if not file.is_file():
            sys.exit(f"{path}: row {number} names {row[place]}, and there is no such file beside the table.")
    return header, rows, files
