"""What a run was judged to be worth: its predictions in a folder, its scores in rows. Imports no torch."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import delete
from sqlalchemy.orm import Session

from workbench.artefacts import folders
from workbench.evaluate.panels import Scores
from workbench.store.records import EvaluationRow, RunRow

BASELINE = "-baseline.parquet"  # the end of the name of the file with the baseline's predictions


@dataclass(frozen=True, slots=True)
class Judged:
    """Predictions and scores on one split, and the baseline's scores on the same rows.

    ``simple`` are the baseline's predictions, kept of a fold only: they are judged again together with the others'.
    """

    predictions: pd.DataFrame
    scores: Scores
    baseline: Scores
    simple: pd.DataFrame | None = None


def write(root: Path, name: str, judged: Mapping[str, Judged]) -> None:
    """A folder ``name`` below ``root`` with one file a split."""
    with folders.new_folder(root, name) as folder:
        for split, part in judged.items():
            part.predictions.to_parquet(folder / f"{split}.parquet")
            if part.simple is not None:
                part.simple.to_parquet(folder / f"{split}{BASELINE}")


def keep(session: Session, run: RunRow, owner: str, folder: str, judged: Mapping[str, Judged]) -> None:
    """The rows that name a run's scores and the folder of its predictions, in place of earlier ones."""
    session.execute(delete(EvaluationRow).where(EvaluationRow.run_id == run.id))
    for split, part in judged.items():
        session.add(
            EvaluationRow(
                id=uuid.uuid4().hex,
                run_id=run.id,
                owner=owner,
                split=split,
                folder=folder,
                scores=part.scores.model_dump(mode="json"),
                baseline=part.baseline.model_dump(mode="json"),
            )
        )


def values(scores: Scores) -> dict[str, float]:
    """The numbers alone, as summaries hold them."""
    return {name: score.value for name, score in scores.values.items()}
