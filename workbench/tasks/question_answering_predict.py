"""Answer questions with this folder's model. It needs torch and transformers only (requirements.txt).

python predict.py "a question" "the text in which the answer stands"
python predict.py table.csv --out answers.csv      the table has the columns that the model was trained on (UTF-8, cells
                                                   set apart by a comma, semicolon, tab or |)

An answer is a piece of the text, with the characters at which it begins and ends (not included); it is empty where the
model finds none.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from answer_pieces import (  # type: ignore[import-not-found]  # the files beside this one
    QUESTION_SHARE,
    best,
    choose,
    frame_of,
    located,
    shared_by,
    windows,
)
from preparation import prepare  # type: ignore[import-not-found]
from rows_file import read_table, write_table  # type: ignore[import-not-found]
from safetensors.torch import load_file
from torch.nn.functional import linear, normalize
from transformers import AutoConfig, AutoModel, AutoTokenizer

HERE = Path(__file__).resolve().parent


class Finder:
    """Raw questions and contexts in, answers out."""

    def __init__(self, folder: Path = HERE) -> None:
        self.about = json.loads((folder / "workbench.json").read_text(encoding="utf-8"))
        self.columns = [self.about["columns"][role] for role in ("question", "context")]
        self.steps = json.loads((folder / "preparation.json").read_text(encoding="utf-8"))
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.frame = frame_of(self.tokenizer)
        self.encoder = AutoModel.from_config(AutoConfig.from_pretrained(folder), attn_implementation="eager")
        self.encoder.pooler = None  # every word piece is scored by itself
        weights = {name: weight.float() for name, weight in load_file(folder / "model.safetensors").items()}
        self.head = [weights.pop(name) for name in ("head.weight", "head.bias")]
        self.encoder.load_state_dict({name.removeprefix("encoder."): weight for name, weight in weights.items()})
        self.encoder.eval()

    def answer(self, cells: dict[str, str]) -> dict[str, object]:
        """The answer to one raw row of the two columns."""
        prepared = prepare(cells, self.steps)
        question, context = (prepared[column] for column in self.columns)
        asked, _ = self.pieces(question)
        asked = asked[: self.about["max_length"] // QUESTION_SHARE]
        read, places = self.pieces(context)
        room = self.about["max_length"] - self.frame.size - len(asked)
        cuts = windows(len(read), room, shared_by(room, self.about["longest"]))
        found = []
        for begin, end in cuts:
            scores = self.scores(asked, read[begin:end])
            found.append(best(scores[1:, 0], scores[1:, 1], float(scores[0].sum()), self.about["longest"]))
        choice = choose(found, may_be_none=self.about["may_be_none"])
        start = end = 0
        if choice.window is not None:
            begin = cuts[choice.window][0]
            start, end = located(context, places[begin + choice.first][0], places[begin + choice.last][1])
        return {
            "prediction": context[start:end],
            "confidence": choice.confidence,
            "prediction_start": start,
            "prediction_end": end,
        }

    def pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The word pieces of a text, and the characters that each stands for."""
        text = text.encode("utf-8", "replace").decode("utf-8")
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
        return encoded["input_ids"], encoded["offset_mapping"]

    @torch.inference_mode()
    def scores(self, question: list[int], context: list[int]) -> np.ndarray:
        """Scores as begin and as end, of the first token, which stands for no answer, and of the context's pieces."""
        before = [*self.frame.before, *question, *self.frame.between]
        ids = torch.tensor([[*before, *context, *self.frame.behind]])
        parts = torch.zeros_like(ids)
        parts[:, len(before) :] = 1
        told = {"token_type_ids": parts} if self.about["tells_parts"] else {}
        states = self.encoder(input_ids=ids, attention_mask=torch.ones_like(ids), **told).last_hidden_state[0]
        scores = linear(normalize(states, dim=-1) * self.about["scale"], *self.head).double().numpy()
        return np.concatenate([scores[:1], scores[len(before) : len(before) + len(context)]])


def main() -> None:
    parser = argparse.ArgumentParser(description="Answer questions with this folder's model.")
    parser.add_argument("input", nargs="+", help="a question and a text, or one CSV or TSV file")
    parser.add_argument("--out", default="predictions.csv", help="where a CSV file's answers go")
    options = parser.parse_args()
    if len(options.input) > 2:
        parser.error("give one question and one text (in quotation marks), or one CSV or TSV file")
    finder = Finder()
    if len(options.input) == 2:
        print(json.dumps(finder.answer(dict(zip(finder.columns, options.input, strict=True))), ensure_ascii=False))  # noqa: T201
        return
    header, rows = read_table(Path(options.input[0]), finder.columns)
    places = [header.index(column) for column in finder.columns]
    answers = [finder.answer(dict(zip(finder.columns, (row[at] for at in places), strict=True))) for row in rows]
    write_table(Path(options.out), header, rows, answers)


if __name__ == "__main__":
    main()
