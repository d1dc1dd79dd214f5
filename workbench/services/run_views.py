"""Runs as the world outside the store sees them: from rows to views, a run in folds with what its folds make of it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench.jobs import queue
from workbench.store.records import JobRow, ModelRow, RunRow
from workbench.store.views import RunProgress, RunSummary, RunView, State


def found(session: Session, query: Select[RunRow, JobRow]) -> list[RunView]:
    """The runs that a query for runs and their jobs finds, in its order."""
    rows = session.execute(query).tuples().all()
    runs = [run.id for run, _ in rows]
    models, folds = _models(session, runs), _folds(session, runs)
    return [_view(run, job, models.get(run.id), folds.get(run.id, ())) for run, job in rows]


def query() -> Select[RunRow, JobRow]:
    """Every run with its job, to be narrowed down."""
    return select(RunRow, JobRow).join(JobRow, JobRow.id == RunRow.id)


def state(own: State, folds: Collection[State]) -> State:
    """What a run in folds is to people, while its own job only waits for them to end."""
    if own is not State.QUEUED or not folds or all(fold is State.QUEUED for fold in folds):
        return own
    if any(fold.active for fold in folds) or all(fold.ended for fold in folds):
        return State.RUNNING
    return State.PAUSED


def _view(run: RunRow, job: JobRow, model_id: str | None, folds: Collection[State]) -> RunView:
    return RunView(
        id=run.id,
        project_id=run.project_id,
        number=run.number,
        name=run.name,
        recipe=recipes.from_dict(run.recipe, run.name),
        data_version_id=run.data_version_id,
        state=state(State(job.state), folds),
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
        parent_id=job.parent_id,
        in_folds=job.kind == queue.FOLDS,
    )


def _known(view: type[RunProgress] | type[RunSummary], values: Mapping[str, Any]) -> dict[str, Any]:
    """Only the fields that this version knows: an imported project may come from a newer one."""
    return {key: value for key, value in values.items() if key in view.__dataclass_fields__}


def _models(session: Session, runs: Sequence[str]) -> dict[str, str]:
    """The model of each finished run, unless it is in the bin."""
    models = select(ModelRow.run_id, ModelRow.id).where(ModelRow.run_id.in_(runs), ModelRow.binned.is_(None))
    return dict(session.execute(models).tuples().all())


def _folds(session: Session, runs: Sequence[str]) -> dict[str, list[State]]:
    """The states of the folds of those runs that have some."""
    states: dict[str, list[State]] = {}
    for parent_id, own in session.execute(select(JobRow.parent_id, JobRow.state).where(JobRow.parent_id.in_(runs))):
        states.setdefault(str(parent_id), []).append(State(own))
    return states
