"""The order in which runs get a device, and moving one of them. A run in folds moves with all of its folds."""

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from workbench.errors import JobError, NotFound
from workbench.jobs import queue
from workbench.store.records import JobRow
from workbench.store.session import Store
from workbench.store.views import State

Place = Literal["first", "up", "down", "last"]
PLACES: tuple[Place, ...] = ("first", "up", "down", "last")


def waiting(session: Session) -> dict[str, list[JobRow]]:
    """By run, in the order of their turns: its trainings that wait for a device."""
    jobs = select(JobRow).where(JobRow.state == State.QUEUED.value, JobRow.kind == "train")
    runs: dict[str, list[JobRow]] = {}
    for job in session.scalars(jobs.order_by(JobRow.position)):
        runs.setdefault(job.parent_id or job.id, []).append(job)
    return runs


def move(store: Store, run_id: str, place: Place) -> None:
    """Let a run that waits have its turn earlier or later. Raises JobError when it does not wait, and NotFound."""
    with store.session() as session:
        moved = session.scalar(select(JobRow).where(JobRow.id == run_id, JobRow.owner == store.owner))
        if moved is None:
            raise NotFound("there is no such run, or it was deleted", remedy="Choose another one on the Runs page.")
        run_id = moved.parent_id or moved.id
        runs = waiting(session)
        if run_id not in runs:
            raise JobError("this run does not wait for a device", remedy="Only runs that wait can be moved.")
        order = [run for run in runs if run != run_id]
        at = list(runs).index(run_id)
        order.insert({"first": 0, "up": max(at - 1, 0), "down": at + 1, "last": len(order)}[place], run_id)
        jobs = [job for run in order for job in runs[run]]
        for job, position in zip(jobs, sorted(job.position for job in jobs), strict=True):
            job.position = position
        now = order.index(run_id) + 1
        queue.tell(session, run_id, store.owner, "info", f"Moved to place {now} of {len(order)} in the queue.")
