"""A run as plain values, as programs read it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from workbench.store.views import RunView


def describe(run: RunView, folds: Sequence[RunView] = ()) -> dict[str, Any]:
    """The run as ``--json`` prints it, with its ``folds`` where it has some; scores are fractions, MB = 10**6 bytes."""
    summary, progress = run.summary, run.progress
    peak = progress.peak_memory_bytes
    about = {
        "run_id": run.id,
        "project_id": run.project_id,
        "number": run.number,
        "name": run.name,
        "state": run.state.value,
        "reason": run.reason,
        "task": run.recipe.task,
        "model": run.recipe.model.id if run.recipe.model else None,
        "model_id": run.model_id,
        "scores": {split: dict(values) for split, values in summary.scores.items()},
        "baseline": {split: dict(values) for split, values in summary.baseline.items()},
        "best_step": summary.best_step,
        "best_score": summary.best_score if summary.best_score is not None else progress.best_score,
        "stopped_early": summary.stopped_early,
        "resumes": run.resumes,
        "steps": progress.step,
        "epochs": progress.epoch,
        "train_seconds": summary.train_seconds if summary.train_seconds is not None else progress.seconds,
        "seconds_total": summary.seconds_total if summary.seconds_total is not None else progress.active_seconds,
        "samples_per_second": summary.samples_per_second or progress.samples_per_second,
        "peak_memory_mb": summary.peak_memory_mb or (round(peak / 1e6, 1) if peak else None),
        "device": summary.device,
        "precision": summary.precision,
        "created": _time(run.created),
        "started": _time(run.started),
        "ended": _time(run.ended),
    }
    if run.in_folds:
        about["spread"] = {split: dict(values) for split, values in summary.spread.items()}
        about["folds"] = [_of_fold(fold) for fold in folds]
    return about


def _of_fold(fold: RunView) -> dict[str, Any]:
    return {
        "fold": fold.recipe.split.fold,
        "run_id": fold.id,
        "state": fold.state.value,
        "reason": fold.reason,
        "model_id": fold.model_id,
        "scores": {split: dict(values) for split, values in fold.summary.scores.items()},
    }


def _time(moment: datetime | None) -> str | None:
    return f"{moment.isoformat(timespec='seconds')}Z" if moment else None
