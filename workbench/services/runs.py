"""Runs: start them, steer them, watch them, and read what came out."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench.errors import DataError, JobError, NotFound
from workbench.evaluate.panels import Scores
from workbench.jobs import queue
from workbench.recipe import Recipe
from workbench.services import owned, starting
from workbench.store.records import (
    EvaluationRow,
    EventRow,
    JobRow,
    ModelRow,
    RunRow,
    now,
)
from workbench.store.session import Store
from workbench.store.views import EventView, RunProgress, RunSummary, RunView, State

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """Scores of a run on one split, and the baseline's on the same rows."""

    run_id: str
    split: str
    scores: Scores
    baseline: Scores


def start(store: Store, project_id: str, recipe: Recipe, data_version_id: str, *, key: str, name: str = "") -> RunView:
    """Queue a run of a frozen copy of ``recipe``, and see to it that somebody works. The same ``key`` again gives
    the same run.

    Raises RecipeError, DataError, ModelError or NotFound when something is wrong that can be known beforehand.
    """
    known = _by_key(store, project_id, key)
    if known is None:
        frozen = starting.checked(store, recipe)
        device = starting.device(store)
        with store.session() as session:
            known = _queue(session, store, project_id, frozen, data_version_id, key=key, name=name, device=device)
    starting.ensure_supervisor(store)
    return get(store, known)


def pause(store: Store, run_id: str) -> RunView:
    """Ask for a checkpoint and a rest; the device becomes free. Raises JobError when the run has ended."""
    return _steer(store, run_id, "pause")


def resume(store: Store, run_id: str) -> RunView:
    """Queue a paused, failed or cancelled run again, from its last checkpoint. Raises JobError when it succeeded."""
    return _steer(store, run_id, "resume")


def stop(store: Store, run_id: str) -> RunView:
    """Ask to end now and keep the best so far, as a finished model. Raises JobError when there is nothing to keep."""
    return _steer(store, run_id, "stop")


def cancel(store: Store, run_id: str) -> RunView:
    """Ask to end without a model; its last checkpoint stays, so it can be resumed. Raises JobError if it succeeded."""
    return _steer(store, run_id, "cancel")


def list_runs(store: Store, project_id: str, *, binned: bool = False) -> list[RunView]:
    """The project's runs, the newest first; those in the bin instead with ``binned``."""
    query = select(RunRow, JobRow).join(JobRow, JobRow.id == RunRow.id).order_by(RunRow.number.desc())
    query = query.where(RunRow.project_id == project_id, RunRow.owner == store.owner)
    query = query.where(RunRow.binned.is_not(None) if binned else RunRow.binned.is_(None))
    with store.reading() as session:
        owned.project(session, store, project_id)
        rows = session.execute(query).tuples().all()
        finished = _models(session, [run.id for run, _ in rows])
        views = [_view(run, job, finished.get(run.id)) for run, job in rows]
    starting.see_to(store, (view.state for view in views))
    return views


def latest(store: Store, project_id: str) -> RunView | None:
    """The project's newest run that is not in the bin."""
    query = select(RunRow.id).where(RunRow.project_id == project_id, RunRow.owner == store.owner)
    query = query.where(RunRow.binned.is_(None)).order_by(RunRow.number.desc()).limit(1)
    with store.reading() as session:
        run_id = session.scalar(query)
    return get(store, run_id) if run_id else None


def get(store: Store, run_id: str) -> RunView:
    """One run, in the bin or not. Raises NotFound when it was deleted or is somebody else's."""
    with store.reading() as session:
        run = owned.run(session, store, run_id)
        return _view(run, session.get_one(JobRow, run_id), _models(session, [run_id]).get(run_id))


def events(store: Store, run_id: str, limit: int = 200) -> list[EventView]:
    """What happened to the run, the newest first."""
    query = select(EventRow).where(EventRow.job_id == run_id).order_by(EventRow.id.desc()).limit(limit)
    with store.reading() as session:
        owned.run(session, store, run_id)
        return [EventView(at=row.at, kind=row.kind, text=row.text) for row in session.scalars(query)]


def log(store: Store, run_id: str, max_bytes: int = 100_000) -> str:
    """The end of the worker's log, with the tracebacks that pages never show."""
    get(store, run_id)
    path = store.settings.logs / f"{run_id}.log"
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - max_bytes))
        return file.read().decode("utf-8", errors="replace")


def evaluation(store: Store, run_id: str, split: str = "test") -> EvaluationView | None:
    """Scores and panels on one split; None until the run is scored."""
    with store.reading() as session:
        row = _evaluation(session, store, run_id, split)
        if row is None:
            return None
        scores, baseline = Scores.model_validate(row.scores), Scores.model_validate(row.baseline)
    return EvaluationView(run_id=run_id, split=split, scores=scores, baseline=baseline)


def predictions(store: Store, run_id: str, split: str = "test") -> pd.DataFrame:
    """Role columns, ``prediction``, ``confidence`` and ``probability_<label>`` a row; the index is the source row.

    Raises NotFound until the run is scored, DataError when the file is gone or damaged.
    """
    with store.reading() as session:
        row = _evaluation(session, store, run_id, split)
        if row is None:
            raise NotFound("this run has not been scored yet", remedy="Wait until it is finished.")
        path = store.settings.evaluations / row.folder / f"{split}.parquet"
    try:
        return pd.read_parquet(path)
    except (OSError, pa.ArrowException) as error:
        raise DataError(
            f"the predictions cannot be read ({str(error).splitlines()[0]})",
            where=str(path),
            remedy="Restore the store from a backup, or train again.",
        ) from error


def move_to_bin(store: Store, run_id: str) -> None:
    """Put a run into the bin. While it has a model that is not there too, emptying the bin leaves both.

    Raises JobError while it trains.
    """
    with store.session() as session:
        run = owned.run(session, store, run_id)
        if State(session.get_one(JobRow, run_id).state).active:
            raise JobError(
                f"'{run.name}' is still waiting or training", remedy="Pause or cancel it, then move it to the bin."
            )
        run.binned = run.binned or now()


def restore(store: Store, run_id: str) -> RunView:
    """Take a run out of the bin."""
    with store.session() as session:
        owned.run(session, store, run_id).binned = None
    return get(store, run_id)


def set_notes(store: Store, run_id: str, text: str) -> RunView:
    """Keep what somebody wants to remember of this run."""
    with store.session() as session:
        owned.run(session, store, run_id).notes = text
    return get(store, run_id)


def rename(store: Store, run_id: str, name: str) -> RunView:
    """Give a run another name (at most 200 characters; an empty one gives back its number)."""
    with store.session() as session:
        run = owned.run(session, store, run_id)
        run.name = " ".join(name.split())[:200] or f"Run {run.number}"
    return get(store, run_id)


def describe(run: RunView) -> dict[str, Any]:
    """The run as plain values, as ``--json`` prints it; scores are fractions, MB = 10**6 bytes."""
    summary, progress = run.summary, run.progress
    peak = progress.peak_memory_bytes
    return {
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


def _queue(
    session: Session,
    store: Store,
    project_id: str,
    recipe: Recipe,
    data_version_id: str,
    *,
    key: str,
    name: str,
    device: str,
) -> str:
    project = owned.project(session, store, project_id)
    if project.binned is not None:
        raise JobError("this project is in the bin", remedy="Restore it on the Home page first.")
    owned.require_version(session, store, project_id, data_version_id)
    job, new = queue.submit(session, store, project_id=project_id, kind="train", key=key, device=device)
    if new:
        number = (session.scalar(select(func.max(RunRow.number)).where(RunRow.project_id == project_id)) or 0) + 1
        session.add(
            RunRow(
                id=job.id,
                project_id=project_id,
                owner=store.owner,
                number=number,
                name=" ".join(name.split())[:200] or f"Run {number}",
                recipe=recipes.to_dict(recipe),
                data_version_id=data_version_id,
                plan={},
                progress={},
                summary={},
                binned=None,
            )
        )
    return job.id


def _by_key(store: Store, project_id: str, key: str) -> str | None:
    query = select(RunRow.id).join(JobRow, JobRow.id == RunRow.id)
    query = query.where(JobRow.project_id == project_id, JobRow.idempotency_key == key, JobRow.owner == store.owner)
    with store.reading() as session:
        return session.scalar(query)


def _steer(store: Store, run_id: str, what: Literal["pause", "resume", "stop", "cancel"]) -> RunView:
    queue.request(store, run_id, what)
    starting.ensure_supervisor(store)
    return get(store, run_id)


def _evaluation(session: Session, store: Store, run_id: str, split: str) -> EvaluationRow | None:
    owned.run(session, store, run_id)
    return session.scalar(select(EvaluationRow).where(EvaluationRow.run_id == run_id, EvaluationRow.split == split))


def _models(session: Session, runs: Sequence[str]) -> dict[str, str]:
    """The model of each finished run, unless it is in the bin."""
    query = select(ModelRow.run_id, ModelRow.id).where(ModelRow.run_id.in_(runs), ModelRow.binned.is_(None))
    return dict(session.execute(query).tuples().all())


def _view(run: RunRow, job: JobRow, model_id: str | None) -> RunView:
    return RunView(
        id=run.id,
        project_id=run.project_id,
        number=run.number,
        name=run.name,
        recipe=recipes.from_dict(run.recipe, run.name),
        data_version_id=run.data_version_id,
        state=State(job.state),
        reason=job.reason,
        control=job.control,
        resumes=max(0, job.token - 1),
        plan=run.plan,
        progress=RunProgress(**_known(RunProgress, run.progress)),
        summary=RunSummary(**_known(RunSummary, run.summary)),
        model_id=model_id,
        notes=run.notes,
        created=job.created,
        started=job.started,
        ended=job.ended,
        binned=run.binned,
    )


def _known(view: type[RunProgress] | type[RunSummary], values: Mapping[str, Any]) -> dict[str, Any]:
    """Only the fields that this version knows: an imported project may come from a newer one."""
    return {key: value for key, value in values.items() if key in view.__dataclass_fields__}


def _time(moment: datetime | None) -> str | None:
    return f"{moment.isoformat(timespec='seconds')}Z" if moment else None
