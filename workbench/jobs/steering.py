"""What people ask of a job: pause, resume, stop, cancel. What is asked of a run in folds is asked of its folds."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workbench.errors import JobError, NotFound
from workbench.jobs.queue import FOLDS, last_position, move, tell
from workbench.store.records import CheckpointRow, JobRow
from workbench.store.session import Store
from workbench.store.views import State

Request = Literal["pause", "resume", "stop", "cancel"]


def request(store: Store, job_id: str, what: Request) -> None:
    """Pause, resume, stop or cancel a job; asking twice is no mistake. Raises JobError where its state forbids it."""
    with store.session() as session:
        job = session.scalar(select(JobRow).where(JobRow.id == job_id, JobRow.owner == store.owner).with_for_update())
        if job is None:
            raise NotFound("there is no such run, or it was deleted", remedy="Choose another one on the Runs page.")
        ask = {"pause": _pause, "resume": _resume, "stop": _stop, "cancel": cancel}[what]
        if job.kind == FOLDS:
            _ask_folds(session, job, what)
        ask(session, job)


def cancel(session: Session, job: JobRow) -> None:
    """End a job that waits, ask one that is worked at to end. Raises JobError when it has succeeded."""
    state = State(job.state)
    if state is State.CANCELLED:
        return
    if state is State.SUCCEEDED:
        raise JobError("a finished run cannot be cancelled", remedy="Move it to the bin if you do not need it.")
    if state in (State.QUEUED, State.PAUSED, State.FAILED):
        move(session, job.id, (state,), State.CANCELLED, text="Cancelled.")
    else:
        _ask(session, job, "cancel")


def _ask_folds(session: Session, job: JobRow, what: Request) -> None:
    """The same of every fold that it can be asked of. Raises JobError when a stop would keep nothing."""
    folds = session.scalars(select(JobRow).where(JobRow.parent_id == job.id).order_by(JobRow.position)).all()
    if what == "stop" and not State(job.state).ended:
        _stop_folds(session, folds)
    for fold in folds:
        state = State(fold.state)
        if what == "resume" and state is not State.SUCCEEDED:
            _resume(session, fold)
        elif what == "pause" and state.active:
            _pause(session, fold)
        elif what == "cancel" and not state.ended:
            cancel(session, fold)


def _stop_folds(session: Session, folds: Sequence[JobRow]) -> None:
    """Folds that have learned something end with the best of it; the others never begin."""
    learned = set(session.scalars(select(CheckpointRow.run_id).where(CheckpointRow.run_id.in_([f.id for f in folds]))))
    kept = [fold for fold in folds if fold.id in learned or State(fold.state) in (State.LEASED, State.RUNNING)]
    if not kept and not any(fold.state == State.SUCCEEDED.value for fold in folds):
        raise JobError("nothing was learned yet that could be kept", remedy="Cancel the run, or let it begin.")
    for fold in folds:
        if not State(fold.state).ended:
            (_stop if fold in kept else cancel)(session, fold)


def _resume(session: Session, job: JobRow) -> None:
    state = State(job.state)
    if state is State.SUCCEEDED:
        raise JobError("a finished run cannot be resumed", remedy="Duplicate it to train again.")
    if state.active:
        if job.control == "pause":
            job.control = None
        return
    _wait_again(session, job, "Resumed: waiting for a free device.")
    parent = session.get(JobRow, job.parent_id) if job.parent_id else None
    if parent is not None and not State(parent.state).active:
        _wait_again(session, parent, "A fold goes on, so that all of them are judged again.")


def _wait_again(session: Session, job: JobRow, text: str) -> None:
    """Back into the queue, behind all others."""
    job.resumes, job.reason, job.ended = 0, "", None
    job.position = last_position(session) + 1
    session.flush()
    move(session, job.id, (State(job.state),), State.QUEUED, text=text)


def _pause(session: Session, job: JobRow) -> None:
    state = State(job.state)
    if state is State.PAUSED:
        return
    if state.ended:
        raise JobError("the run has ended already", remedy="Resume or duplicate it to train on.")
    if state is State.QUEUED:
        move(session, job.id, (state,), State.PAUSED)
    else:
        _ask(session, job, "pause")


def _stop(session: Session, job: JobRow) -> None:
    state = State(job.state)
    if state.ended:
        raise JobError("the run has ended already", remedy="Duplicate it to train again.")
    if job.kind == FOLDS:
        if state is State.PAUSED:
            move(session, job.id, (state,), State.QUEUED, text="Waiting to judge the folds that are finished.")
    elif state in (State.QUEUED, State.PAUSED, State.INTERRUPTED):
        if session.scalar(select(CheckpointRow.id).where(CheckpointRow.run_id == job.id).limit(1)) is None:
            raise JobError("nothing was learned yet that could be kept", remedy="Cancel the run, or let it begin.")
        _ask(session, job, "stop")  # a worker loads the best checkpoint, scores it and saves the model
        if state is State.PAUSED:
            move(session, job.id, (state,), State.QUEUED, text="Waiting to be finished with the best so far.")
    else:
        _ask(session, job, "stop")


def _ask(session: Session, job: JobRow, control: str) -> None:
    if job.control == "cancel" and control != "cancel":
        raise JobError("the run is being cancelled", remedy="Wait until it has ended; then it can be resumed.")
    if job.control != control:
        job.control = control
        tell(session, job.id, job.owner, "info", f"Asked to {control}.")
        session.flush()
