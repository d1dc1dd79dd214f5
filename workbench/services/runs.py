"""Runs: start them, steer them, watch them, and read what came out."""

import json
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
from sqlalchemy import String, Text, cast, func, or_, select
from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench.errors import DataError, JobError, NotFound, RecipeError
from workbench.evaluate.panels import Scores
from workbench.jobs import measurements, queue, supervisor
from workbench.recipe import Recipe, Training
from workbench.services import models, owned, projects
from workbench.services.recipes import located
from workbench.services.workbench import preferences, slots
from workbench.store.records import (
    DataVersionRow,
    EvaluationRow,
    EventRow,
    JobRow,
    MetricRow,
    ModelRow,
    RunRow,
    now,
)
from workbench.store.session import Store
from workbench.store.views import DraftView, EventView, JobView, RunProgress, RunSummary, RunView, State
from workbench.tasks import resolve as resolving
from workbench.training import machine
from workbench.training.estimate import Estimate
from workbench.training.rules import Fact

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Series:
    """Curves, thinned to what a chart can show: ``values`` has one list a name, None where a point lacks it.

    ``version`` changes whenever the curves do.
    """

    steps: list[int]
    epochs: list[float]
    values: Mapping[str, list[float | None]]
    version: str


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
        frozen = _checked(store, recipe)
        device = _device(store)
        with store.session() as session:
            known = _queue(session, store, project_id, frozen, data_version_id, key=key, name=name, device=device)
    ensure_supervisor(store)
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


def ensure_supervisor(store: Store) -> None:
    """Start a supervisor if there is work and nobody sees to it. Raises JobError when none can be started."""
    if queue.waiting(store):
        supervisor.ensure(store.settings)


def _see_to(store: Store, states: Iterable[State]) -> None:
    """Whoever looks at a job that is not at rest wakes the supervisor: after a reboot nobody else would."""
    if any(state.active for state in states):
        try:
            supervisor.ensure(store.settings)
        except JobError as error:  # a full disk must not keep anybody from looking
            logger.warning("%s", error)


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
    _see_to(store, (view.state for view in views))
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


def series(store: Store, run_id: str, max_points: int = 1000) -> Series:
    """The run's curves in about ``max_points`` points: every n-th step, and every step with validation scores."""
    with store.reading() as session:
        owned.run(session, store, run_id)
        version, count, last = _version(session, run_id)
        stride = max(1, -(-count // max_points))
        numbered = (
            select(MetricRow, func.row_number().over(order_by=MetricRow.step).label("place"))
            .where(MetricRow.run_id == run_id)
            .subquery()
        )
        thinned = select(numbered.c.step, numbered.c.epoch, numbered.c["values"]).order_by(numbered.c.step)
        if stride > 1:
            keep = numbered.c.place % stride == 1, numbered.c.step == last
            validated = cast(numbered.c["values"], Text).contains('"validation_', autoescape=True)
            thinned = thinned.where(or_(*keep, validated))
        rows = session.execute(thinned).tuples().all()
    names = dict.fromkeys(name for _, _, values in rows for name in values)
    return Series(
        steps=[step for step, _, _ in rows],
        epochs=[epoch for _, epoch, _ in rows],
        values={name: [values.get(name) for _, _, values in rows] for name in names},
        version=version,
    )


def series_version(store: Store, run_id: str) -> str:
    """The version that ``series`` would have, for much less work."""
    with store.reading() as session:
        owned.run(session, store, run_id)
        return _version(session, run_id)[0]


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


def estimate(store: Store, project_id: str, training: Training | None = None) -> Estimate | None:
    """What a run of the draft, or of the draft with ``training``, will take on this machine.

    None until it was measured (``request_estimate``).
    """
    draft = _drafted(store, project_id, training)
    name = _measurement(store, draft)
    return measurements.read(store.settings, name, draft.recipe) if name else None


def request_estimate(store: Store, project_id: str, training: Training | None = None) -> str:
    """Queue a measurement of what ``estimate`` tells, and return the job's id; one on its way is not repeated.

    Raises the same errors as ``start``.
    """
    draft = _drafted(store, project_id, training)
    recipe, name = _checked(store, draft.recipe), _measurement(store, draft)
    if name is None:
        raise JobError("the project has no data yet", remedy="Choose a data set on the Data page.")
    latest = measuring(store, project_id)
    if latest is not None and latest.state.active and latest.details["key"] == name:
        return latest.id
    details = {"key": name, "recipe": recipes.to_dict(recipe), "data_version_id": draft.data_version_id}
    device = _device(store)
    with store.session() as session:
        key = uuid.uuid4().hex
        job, _ = queue.submit(
            session, store, project_id=project_id, kind="measure", key=key, details=details, device=device
        )
    ensure_supervisor(store)
    return job.id


def plan(store: Store, recipe: Recipe, version_id: str) -> Mapping[str, Fact]:
    """What every "auto" of the recipe becomes on the device that a run would get, and why.

    Raises RecipeError and DataError when the recipe or its data cannot be used.
    """
    split = located(store, recipe, version_id)
    wanted = preferences(store).device
    best = next((slot.name for slot in slots(store) if slot.name != "cpu"), "cpu")
    device = best if wanted == "auto" else wanted
    return resolving.resolve(recipe).task.plan(recipe.training, split, device, machine.known(store.settings.cache))


def measuring(store: Store, project_id: str) -> JobView | None:
    """The project's latest measurement: waiting, running, or why it failed."""
    query = select(JobRow).where(JobRow.project_id == project_id, JobRow.kind == "measure")
    query = query.where(JobRow.owner == store.owner).order_by(JobRow.created.desc()).limit(1)
    with store.reading() as session:
        row = session.scalar(query)
        found = queue.view(row) if row else None
    _see_to(store, [found.state] if found else [])
    return found


def _drafted(store: Store, project_id: str, training: Training | None) -> DraftView:
    draft = projects.draft(store, project_id)
    return replace(draft, recipe=draft.recipe.model_copy(update={"training": training})) if training else draft


def _measurement(store: Store, draft: DraftView) -> str | None:
    """The key under which this draft's measurement is kept."""
    with store.reading() as session:
        row = session.get(DataVersionRow, draft.data_version_id) if draft.data_version_id else None
        return measurements.key(draft.recipe, row.sha256, preferences(store).device) if row else None


def _checked(store: Store, recipe: Recipe) -> Recipe:
    """The recipe as it will be run. Everything that can be known to be wrong is said now, not by the worker."""
    resolved = resolving.resolve(recipe)
    if recipe.model is None and resolved.task.default_model is not None:
        raise RecipeError(
            "the recipe names no model",
            where="model",
            remedy=f"Choose one on the Model page, or add 'model: {{id: {resolved.task.default_model}}}'.",
        )
    if recipe.model is not None:
        reads = next((role.kind for role in resolved.task.roles if role.kind in ("text", "image")), None)
        models.folder(store, recipe.model.id, reads)  # fetched and checked before anything is queued
    return recipe


def _device(store: Store) -> str:
    """The device that this person prefers, if the machine still has it."""
    device = preferences(store).device
    present = [slot.name for slot in slots(store)]
    if device not in ("auto", *present):
        raise JobError(
            f"this computer has no device '{device}', which was chosen in Settings",
            remedy=f"Choose another one there: automatic, or {', '.join(present)}.",
        )
    return device


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
    ensure_supervisor(store)
    return get(store, run_id)


def _evaluation(session: Session, store: Store, run_id: str, split: str) -> EvaluationRow | None:
    owned.run(session, store, run_id)
    return session.scalar(select(EvaluationRow).where(EvaluationRow.run_id == run_id, EvaluationRow.split == split))


def _models(session: Session, runs: Sequence[str]) -> dict[str, str]:
    """The model of each finished run, unless it is in the bin."""
    query = select(ModelRow.run_id, ModelRow.id).where(ModelRow.run_id.in_(runs), ModelRow.binned.is_(None))
    return dict(session.execute(query).tuples().all())


def _version(session: Session, run_id: str) -> tuple[str, int, int | None]:
    """What changes with the curves; how many points there are; and the last one's step."""
    query = select(func.count(), func.max(MetricRow.step)).where(MetricRow.run_id == run_id)
    count, last = session.execute(query).tuples().one()
    newest = select(cast(MetricRow.values, String)).where(MetricRow.run_id == run_id, MetricRow.step == last)
    names = json.loads(session.scalar(newest) or "{}") if last is not None else {}
    token = session.scalar(select(JobRow.token).where(JobRow.id == run_id))
    return f"{token}-{count}-{last or 0}-{len(names)}", count, last


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
