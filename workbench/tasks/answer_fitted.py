"""A trained model that answers questions about contexts: how it answers, and how it is kept."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.tasks import answer_pieces, encoder_files
from workbench.tasks.answer_reader import AnswerReader
from workbench.tasks.answered_rows import CONTEXT, QUESTION
from workbench.tasks.protocol import AnswerPredictions

ROWS = 256  # questions that are read at once: their contexts may be long


@dataclass(frozen=True, slots=True)
class AnswerFinderFitted:
    """Questions and contexts in, pieces of the contexts out. Predicts in exact arithmetic."""

    reader: AnswerReader

    def predict(self, rows: pd.DataFrame) -> AnswerPredictions:
        texts: list[str] = []
        places: list[tuple[int, int]] = []
        confidence: list[float] = []
        for begin in range(0, len(rows), ROWS):
            part = rows.iloc[begin : begin + ROWS]
            contexts = part[CONTEXT].tolist()
            windows = self.reader.windows(part[QUESTION].tolist(), contexts)
            scores = self.reader.each(windows, embed=False)
            assert scores is not None  # nothing can cut it short without a reporter
            for context, (choice, place) in zip(contexts, self.reader.choices(windows, scores), strict=True):
                start, end = answer_pieces.located(context, *place)
                texts.append(context[start:end])
                places.append((start, end))
                confidence.append(choice.confidence)
        return AnswerPredictions(tuple(texts), tuple(places), np.asarray(confidence, dtype=np.float64))

    def save(self, folder: Path) -> None:
        reader = self.reader
        about = {
            "max_length": reader.max_length,
            "scale": reader.network.scale,
            "longest": reader.longest,
            "may_be_none": reader.may_be_none,
            "tells_parts": reader.network.tells_parts,
        }
        encoder_files.save(folder, reader.network, reader.tokenizer, about)


def load(folder: Path, device: str) -> AnswerFinderFitted:
    """What ``save`` wrote. Raises ModelError when a part is missing or does not fit."""
    from workbench.networks.answer_finder import AnswerFinder

    kept = encoder_files.load(
        folder, device, lambda encoder, width, _: AnswerFinder(encoder, width), ("longest", "may_be_none")
    )
    about = kept.about
    reader = AnswerReader(
        kept.network, kept.tokenizer, kept.max_length, int(about["longest"]), bool(about["may_be_none"]), device
    )
    return AnswerFinderFitted(reader)
