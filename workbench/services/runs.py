"""Runs: start them, steer them, watch them, and read what came out."""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench.errors import DataError, JobError, NotFound
from workbench.evaluate.panels import Scores
from workbench.jobs import queue, steering
from workbench.jobs.steering import Request
from workbench.recipe import Recipe
from workbench.services import fold_runs, owned, run_views, starting
from workbench.store.records import EvaluationRow, EventRow, JobRow, RunRow, now
from workbench.store.session import Store
from workbench.store.views import EventView, RunView, State


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """Scores of a run on one split, and the baseline's on the same rows."""

    run_id: str
    split: str
    scores: Scores
    baseline: Scores


def start(store: Store, project_id: str, recipe: Recipe, data_version_id: str, *, key: str, name: str = "") -> RunView:
    """Queue a run of a frozen copy of ``recipe``, and see to it that somebody works; with folds, a run for each of
    them. The same ``key`` again gives the same run.

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
    """The project's runs, the newest first, without those of folds; those in the bin instead with ``binned``."""
    query = run_views.query().where(RunRow.project_id == project_id, RunRow.owner == store.owner)
    query = query.where(RunRow.binned.is_not(None) if binned else RunRow.binned.is_(None))
    query = query.where(JobRow.parent_id.is_(None)).order_by(RunRow.number.desc())
    with store.reading() as session:
        owned.project(session, store, project_id)
        views = run_views.found(session, query)
    starting.see_to(store, (view.state for view in views))
    return views


def latest(store: Store, project_id: str) -> RunView | None:
    """The project's newest run that is not in the bin; of folds, the run that they belong to."""
    query = run_views.query().where(RunRow.project_id == project_id, RunRow.owner == store.owner)
    query = query.where(RunRow.binned.is_(None), JobRow.parent_id.is_(None))
    with store.reading() as session:
        return next(iter(run_views.found(session, query.order_by(RunRow.number.desc()).limit(1))), None)


def get(store: Store, run_id: str) -> RunView:
    """One run, in the bin or not. Raises NotFound when it was deleted or is somebody else's."""
    with store.reading() as session:
        owned.run(session, store, run_id)
        return run_views.found(session, run_views.query().where(RunRow.id == run_id))[0]


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

    Its folds go with it. Raises JobError while it trains, and for a fold alone.
    """
    with store.session() as session:
        run = owned.run(session, store, run_id)
        if session.get_one(JobRow, run_id).parent_id is not None:
            raise JobError(f"'{run.name}' belongs to its other folds", remedy="Move the run that they make up.")
        jobs = session.scalars(select(JobRow).where(or_(JobRow.id == run_id, JobRow.parent_id == run_id))).all()
        if any(State(job.state).active for job in jobs):
            raise JobError(
                f"'{run.name}' is still waiting or training", remedy="Pause or cancel it, then move it to the bin."
            )
        moved = RunRow.id.in_([job.id for job in jobs]), RunRow.binned.is_(None)
        session.execute(update(RunRow).where(*moved).values(binned=now()))


def restore(store: Store, run_id: str) -> RunView:
    """Take a run out of the bin, and its folds."""
    with store.session() as session:
        owned.run(session, store, run_id).binned = None
        folds = select(JobRow.id).where(JobRow.parent_id == run_id)
        session.execute(update(RunRow).where(RunRow.id.in_(folds)).values(binned=None))
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
    kind = queue.FOLDS if recipe.split.every_fold else "train"
    job, new = queue.submit(session, store, project_id=project_id, kind=kind, key=key, device=device)
    if new:
        number = (session.scalar(select(func.max(RunRow.number)).where(RunRow.project_id == project_id)) or 0) + 1
        run = RunRow(
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
        session.add(run)
        if recipe.split.every_fold:
            fold_runs.add(session, store, job, recipe, run)
    return job.id


def _by_key(store: Store, project_id: str, key: str) -> str | None:
    query = select(RunRow.id).join(JobRow, JobRow.id == RunRow.id)
    query = query.where(JobRow.project_id == project_id, JobRow.idempotency_key == key, JobRow.owner == store.owner)
    with store.reading() as session:
        return session.scalar(query)


def _steer(store: Store, run_id: str, what: Request) -> RunView:
    steering.request(store, run_id, what)
    starting.ensure_supervisor(store)
    return get(store, run_id)


def _evaluation(session: Session, store: Store, run_id: str, split: str) -> EvaluationRow | None:
    owned.run(session, store, run_id)
    return session.scalar(select(EvaluationRow).where(EvaluationRow.run_id == run_id, EvaluationRow.split == split))
