"""The queue: jobs and their states, each change made by compare-and-set and told by an event.

    QUEUED → LEASED → RUNNING → SUCCEEDED | FAILED | CANCELLED | PAUSED
                         └→ INTERRUPTED → QUEUED (again, by itself) | FAILED | CANCELLED | PAUSED

A lease raises the job's token. Whoever carries an older token can write nothing any more (``hold``).
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from workbench.errors import JobError, NotFound
from workbench.jobs import devices
from workbench.store.records import EventRow, JobRow, RunRow, SlotRow, now
from workbench.store.session import Store
from workbench.store.views import JobView, State
from workbench.training import memory

AUTOMATIC_RESUMES = 3
FOLDS = "folds"  # the kind of a job that judges what it is the parent of, once all of that has ended

_AT_WORK = (State.LEASED, State.RUNNING)
_TEXTS = {
    State.QUEUED: "Waiting for a free device.",
    State.LEASED: "A worker is being started.",
    State.RUNNING: "Started.",
    State.PAUSED: "Paused. It goes on from here when you press Resume.",
    State.SUCCEEDED: "Finished.",
    State.FAILED: "Failed.",
    State.CANCELLED: "Cancelled.",
    State.INTERRUPTED: "Interrupted.",
}


class Fenced(JobError):
    """This worker no longer has the job: another one does, or it has ended."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A job given to a worker: with this token, on this slot."""

    job_id: str
    token: int
    slot: str


def submit(
    session: Session,
    store: Store,
    *,
    project_id: str,
    kind: str,
    key: str,
    details: Mapping[str, Any] | None = None,
    device: str = "auto",
    parent_id: str | None = None,
) -> tuple[JobRow, bool]:
    """Put a job at the end of the queue. The same ``key`` again gives the job of the first time, and False."""
    known = session.scalar(select(JobRow).where(JobRow.project_id == project_id, JobRow.idempotency_key == key))
    if known is not None:
        return known, False
    job = JobRow(
        id=uuid.uuid4().hex,
        project_id=project_id,
        parent_id=parent_id,
        owner=store.owner,
        kind=kind,
        state=State.QUEUED.value,
        details=dict(details or {}),
        idempotency_key=key,
        position=last_position(session) + 1,
        control=None,
        device=device,
        pid=None,
        pid_created=None,
        started=None,
        ended=None,
    )
    session.add(job)
    session.flush()
    tell(session, job.id, store.owner, "state", _TEXTS[State.QUEUED])
    return job, True


def lease(store: Store) -> Lease | None:
    """Give the first job that waits for a free device to a worker; None when there is none."""
    with store.reading() as session:  # a look first: it is asked several times a second, and must not stop writers
        if _next(session) is None:
            return None
    with store.session() as session:
        found = _next(session)
        return _take(session, *found) if found else None


def _next(session: Session) -> tuple[JobRow, str] | None:
    """The first waiting job for which a device is free, and that device."""
    slots = {row.name: row.job_id for row in session.scalars(select(SlotRow).order_by(SlotRow.name))}
    free = [name for name, job_id in slots.items() if job_id is None]
    if not free:
        return None
    ready = select(JobRow).where(JobRow.state == State.QUEUED.value, JobRow.id.not_in(_unjudged()))
    # To measure, or to judge folds, takes seconds, and somebody looks at the page: no training goes before.
    waiting = session.scalars(ready.order_by(JobRow.kind == "train", JobRow.position))
    pairs = ((job, slot) for job in waiting for slot in free if devices.fits(job.device, slot, list(slots)))
    return next(pairs, None)


def _unjudged() -> Select[str | None]:
    """The parents of which a part has not ended, so that there is nothing to judge yet."""
    going = [state.value for state in State if not state.ended]
    return select(JobRow.parent_id).where(JobRow.parent_id.is_not(None), JobRow.state.in_(going))


def _take(session: Session, job: JobRow, slot: str) -> Lease | None:
    taken = session.execute(update(SlotRow).where(SlotRow.name == slot, SlotRow.job_id.is_(None)).values(job_id=job.id))
    moved = move(session, job.id, (State.QUEUED,), State.LEASED, token=job.token, raised=True)
    if not moved or _count(taken) == 0:  # another supervisor was quicker: neither change may stay
        session.rollback()
        return None
    session.refresh(job)
    return Lease(job.id, job.token, slot)


def begin(store: Store, lease: Lease, pid: int, pid_created: float) -> JobView:
    """The worker's first act. Raises Fenced when the job has gone to somebody else in the meantime."""
    with store.session() as session:
        if not move(
            session, lease.job_id, (State.LEASED,), State.RUNNING, token=lease.token, text=f"Started on {lease.slot}."
        ):
            raise fenced()
        job = session.get_one(JobRow, lease.job_id)
        job.pid, job.pid_created, job.started = pid, pid_created, job.started or now()
        run = session.get(RunRow, job.id)
        if run is not None:  # what the worker before it was doing is over
            run.progress = {**run.progress, "phase": "loading", "waits_for": ""}
        return view(job)


def hold(session: Session, lease: Lease) -> JobRow:
    """The job's row, if this worker still has it: called in every transaction in which a worker writes."""
    job = session.scalar(select(JobRow).where(JobRow.id == lease.job_id).with_for_update())
    if job is None or job.token != lease.token or job.state != State.RUNNING.value:
        raise fenced()
    return job


def finish(session: Session, lease: Lease, after: State, *, text: str = "", reason: str = "") -> None:
    """The worker's last act. Raises Fenced when it no longer has the job."""
    if not move(session, lease.job_id, (State.RUNNING,), after, token=lease.token, text=text, reason=reason):
        raise fenced()


def settle(store: Store, job_id: str, token: int, cause: str, *, out_of_memory: bool = False) -> None:
    """What becomes of a job whose worker is gone, and of the slot that it held.

    A job that its worker finished keeps its state. One that was asked to pause or cancel does so; any other waits
    again, at its old place, unless it was resumed AUTOMATIC_RESUMES times without a new checkpoint. A run that was
    ``out_of_memory`` goes on with half as many rows computed at once, ``memory.HALVINGS`` times at most.
    """
    with store.session() as session:
        job = session.get(JobRow, job_id)
        if job is None or job.token != token:
            return
        session.execute(update(SlotRow).where(SlotRow.job_id == job_id).values(job_id=None))
        job.pid = job.pid_created = None
        session.flush()
        if job.state in _AT_WORK:
            move(session, job_id, _AT_WORK, State.INTERRUPTED, token=token, text=cause)
        elif job.state != State.INTERRUPTED.value:
            return
        if job.control == "cancel":
            after, text = State.CANCELLED, "Cancelled."
        elif job.control == "pause":
            after, text = State.PAUSED, _TEXTS[State.PAUSED]
        elif out_of_memory and job.kind == "measure":
            after, text = _measured_with_less_memory(job)
        elif out_of_memory and job.kind == "train" and (run := session.get(RunRow, job.id)) is not None:
            after, text = _with_less_memory(session, run, cause)
        elif job.resumes < AUTOMATIC_RESUMES:
            after, text = State.QUEUED, "It will go on from its last checkpoint by itself."
            job.resumes += 1
        else:
            text = (
                f"The worker ended {job.resumes + 1} times without getting to a new checkpoint (the last time: "
                f"{cause.rstrip('.')}). Often memory ran out: choose a smaller batch size or model, then resume. "
                "The run's log tells more."
            )
            after = State.FAILED
        session.flush()
        reason = text if after is State.FAILED else ""
        move(session, job_id, (State.INTERRUPTED,), after, token=token, text=text, reason=reason)


def _with_less_memory(session: Session, run: RunRow, cause: str) -> tuple[State, str]:
    """What becomes of a run whose worker found no more memory, and why in plain words."""
    halvings = int(run.progress.get("halvings") or 0)
    if halvings >= memory.HALVINGS:
        share = 2**halvings
        there = "What was saved is kept." if run.progress.get("step") else "Nothing was learned yet."
        return State.FAILED, (
            f"{memory.HOST}: out of memory, although only one row in {share} of a batch was computed at once. {there} "
            f"{memory.REMEDY}"
        )
    run.progress = {**run.progress, "halvings": halvings + 1}
    text = (
        f"{cause.rstrip('.')}. From the last checkpoint on, half as many rows are computed at once; the model still "
        "learns from batches of the same size, in the same order, a little slower."
    )
    tell(session, run.id, run.owner, "notice", text)
    return State.QUEUED, "It will go on from its last checkpoint by itself."


def _measured_with_less_memory(job: JobRow) -> tuple[State, str]:
    """What becomes of a measurement whose worker found no more memory: it halves what is computed at once, as a run."""
    halvings = int(job.details.get("halvings", 0))
    if halvings >= memory.HALVINGS:
        share = 2**halvings
        return State.FAILED, (
            f"{memory.HOST}: out of memory, although only one row in {share} of a batch was computed at once. A run "
            f"would end in the same way. {memory.REMEDY}"
        )
    job.details = {**job.details, "halvings": halvings + 1}
    return State.QUEUED, "Memory ran out: measured again with half as many rows computed at once."


def move(
    session: Session,
    job_id: str,
    before: Collection[State],
    after: State,
    *,
    token: int | None = None,
    text: str = "",
    reason: str = "",
    raised: bool = False,
) -> bool:
    """Compare-and-set a job's state (and token); False when it was no longer as expected."""
    change = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_([state.value for state in before]))
    if token is not None:
        change = change.where(JobRow.token == token)
    values: dict[str, Any] = {"state": after.value, "reason": reason[:2000]}
    if raised:
        values["token"] = JobRow.token + 1
    if after.ended:
        values["ended"] = now()
    if after.ended or after is State.PAUSED:
        values["control"] = None
    if _count(session.execute(change.values(**values), execution_options={"synchronize_session": "fetch"})) == 0:
        return False
    owner = session.scalar(select(JobRow.owner).where(JobRow.id == job_id)) or ""
    tell(session, job_id, owner, "state", text or _TEXTS[after])
    return True


def tell(session: Session, job_id: str, owner: str, kind: str, text: str) -> None:
    """Append an event."""
    session.add(EventRow(job_id=job_id, owner=owner, kind=kind, text=text[:2000]))


def waiting(store: Store) -> bool:
    """Is there anything that a supervisor has to see to, for anybody?"""
    active = [state.value for state in State if state.active]
    with store.reading() as session:
        seen_to = select(JobRow.id).where(JobRow.state.in_(active), JobRow.id.not_in(_unjudged()))
        return session.scalar(seen_to.limit(1)) is not None


def job(store: Store, job_id: str) -> JobView:
    """One job of this person. Raises NotFound."""
    with store.reading() as session:
        row = session.get(JobRow, job_id)
        if row is None or row.owner != store.owner:
            raise NotFound("this job was deleted", remedy="Start it again.")
        return view(row)


def view(row: JobRow) -> JobView:
    """The frozen view of a job's row."""
    return JobView(
        id=row.id,
        project_id=row.project_id,
        kind=row.kind,
        state=State(row.state),
        reason=row.reason,
        control=row.control,
        device=row.device,
        token=row.token,
        resumes=row.resumes,
        details=dict(row.details),
        created=row.created,
        started=row.started,
        ended=row.ended,
    )


def fenced() -> Fenced:
    return Fenced("another worker has this job now, or it has ended", remedy="Nothing needs to be done.")


def last_position(session: Session) -> int:
    """The place of the job that waits behind all others."""
    return session.scalar(select(func.max(JobRow.position))) or 0


def _count(result: Any) -> int:
    return int(result.rowcount)
