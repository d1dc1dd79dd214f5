"""The process that proves an exported model: a clean one, which reads its folder as any user would, answers held-out
rows again, and compares with what the original answered."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workbench import errands, tasks
from workbench.artefacts import folders
from workbench.errors import DataError
from workbench.evaluate.panels import Scores
from workbench.export import formats, receipt
from workbench.export.receipt import CONFIDENCE, PREDICTION, PROBABILITY, Receipt
from workbench.serve.predictor import Predictor
from workbench.tasks.protocol import (
    AnswerPredictions,
    LabelPredictions,
    NumberPredictions,
    Predictions,
    Span,
    SpanPredictions,
    Task,
)

AT_ONCE = 32
SINGLE = 60  # rows that are asked one by one, for at most SECONDS
SECONDS = 5.0
ROWS, ANSWERS = "rows.parquet", "answers.parquet"
Say = Callable[[float], None]  # is told the share that is done


@dataclass(frozen=True, slots=True)
class HeldOut:
    """``raw`` are rows as they stand in the data, ``answered`` the same rows as the original read and answered them."""

    split: str
    raw: pd.DataFrame
    answered: pd.DataFrame


def prove(folder: Path, format_name: str, held_out: HeldOut, say: Say) -> Receipt:
    """Answer the rows again with the model in ``folder`` and compare. Raises ModelError when it cannot be read."""
    format, predictor = formats.by_name(format_name), Predictor(folder)
    task = tasks.by_name(predictor.about["task"])
    raw = held_out.raw
    predictor.predict(raw.iloc[:1])  # the first answer also pays for what is loaded at that moment
    start, parts = time.perf_counter(), []
    for at in range(0, len(raw), AT_ONCE):
        parts.append(predictor.answers(raw.iloc[at : at + AT_ONCE]))
        say(0.9 * min(1.0, (at + AT_ONCE) / len(raw)))
    seconds = time.perf_counter() - start
    tables = [
        part.table(raw.index[at : at + AT_ONCE]) for part, at in zip(parts, range(0, len(raw), AT_ONCE), strict=True)
    ]
    exported = pd.concat(tables)
    answers = held_out.answered
    original = answers.iloc[:, list(answers.columns).index(PREDICTION) :]
    wrong, largest = receipt.differences(format, original, exported)
    truth = answers.iloc[:, : list(answers.columns).index(PREDICTION)]
    second, first = _score(task, truth, exported, parts), _score(task, truth, original, parts)
    return Receipt(
        format=format.name,
        split=held_out.split,
        rows=len(raw),
        agreement=float(1 - wrong.mean()),
        limit=format.agreement,
        differing=tuple(int(row) + 1 for row in raw.index[wrong][: receipt.NAMED]),
        largest_difference=largest,
        difference_limit=format.nearness,
        scores=_values(second),
        original_scores=_values(first),
        per_class=dict(second.per_class) if second else {},
        original_per_class=dict(first.per_class) if first else {},
        size_mb=round(folders.size(folder) / 1e6, 2),
        latency_ms=_latency(predictor, raw),
        rows_per_second=round(len(raw) / max(seconds, 1e-9), 1),
    )


def _latency(predictor: Predictor, raw: pd.DataFrame) -> dict[str, float]:
    """Milliseconds for one row, from the raw cells to the answer: the median, and what 95 % stay below."""
    taken: list[float] = []
    begun = time.perf_counter()
    while len(taken) < SINGLE and (len(taken) < 5 or time.perf_counter() - begun < SECONDS):
        row, start = len(taken) % len(raw), time.perf_counter()
        predictor.predict(raw.iloc[row : row + 1])
        taken.append(1000 * (time.perf_counter() - start))
    return {"p50": round(float(np.quantile(taken, 0.5)), 3), "p95": round(float(np.quantile(taken, 0.95)), 3)}


def _score(task: Task, truth: pd.DataFrame, answers: pd.DataFrame, like: list[Predictions]) -> Scores | None:
    """The scores of answers that were written as a table; None for a kind that a table does not hold whole."""
    predicted = predictions_of(answers, like)
    return None if predicted is None else task.score(truth, predicted)


def _values(scores: Scores | None) -> dict[str, float]:
    return {name: score.value for name, score in scores.values.items()} if scores else {}


def predictions_of(table: pd.DataFrame, like: list[Predictions]) -> Predictions | None:
    """What ``Predictions.table`` wrote, as predictions again, of the kind of ``like`` (the same rows in portions)."""
    first = like[0]
    if isinstance(first, LabelPredictions):
        names = [str(name) for name in table.columns if str(name).startswith(PROBABILITY)]
        labels = tuple(name.removeprefix(PROBABILITY) for name in names)
        return LabelPredictions(labels, table[names].fillna(0.0).to_numpy(dtype=float))
    if isinstance(first, NumberPredictions):
        return NumberPredictions(table[PREDICTION].to_numpy(dtype=float))
    if isinstance(first, SpanPredictions):
        texts = tuple(text for part in like if isinstance(part, SpanPredictions) for text in part.texts)
        pieces = [
            tuple(Span(int(one["start"]), int(one["end"]), one["label"]) for one in row) for row in table[PREDICTION]
        ]
        return SpanPredictions(texts, tuple(pieces))
    if isinstance(first, AnswerPredictions):
        places = zip(table["prediction_start"].astype(int), table["prediction_end"].astype(int), strict=True)
        confidence = table[CONFIDENCE].to_numpy(dtype=float)
        return replace(first, texts=tuple(table[PREDICTION]), places=tuple(places), confidence=confidence)
    return None


def main() -> int:
    """Prove what a request names; the exit status tells when memory was not enough."""
    return errands.serve(_answer)


def _answer(line: bytes, say: Callable[[bytes], None]) -> None:
    request: Mapping[str, Any] = json.loads(line)
    rows = Path(request["rows"])
    try:
        held_out = HeldOut(request["split"], pd.read_parquet(rows / ROWS), pd.read_parquet(rows / ANSWERS))
    except OSError as error:
        what = f"the held-out rows cannot be read ({error.strerror or error})"
        raise DataError(what, where=str(rows), remedy="Export again.") from error
    made = prove(
        Path(request["folder"]),
        request["format"],
        held_out,
        lambda share: say(json.dumps({"share": share}).encode()),
    )
    say(json.dumps({"receipt": made.to_dict()}).encode())


if __name__ == "__main__":
    sys.exit(main())
