"""Whose turn it is: what is at work on which device, and what waits for one, in order."""

from dataclasses import dataclass

from sqlalchemy import select

from workbench.jobs import order
from workbench.jobs.order import PLACES as PLACES
from workbench.jobs.order import Place as Place
from workbench.services import run_views, starting
from workbench.store.records import JobRow, ProjectRow, RunRow, SlotRow
from workbench.store.session import Store
from workbench.store.views import RunView


@dataclass(frozen=True, slots=True)
class Turn:
    """A run of this person with its project's name. ``place`` counts those that wait, from 1; it is 0 for one at work.

    ``device`` is the slot that it holds, or the one that it waits for ("auto": the first that suits it).
    """

    run: RunView
    project: str
    place: int
    device: str


def queue(store: Store) -> list[Turn]:
    """What is at work, by device, then what waits, in the order of its turns."""
    with store.reading() as session:
        places = {run: number for number, run in enumerate(order.waiting(session), 1)}
        slots = select(SlotRow.job_id, SlotRow.name).where(SlotRow.job_id.is_not(None)).order_by(SlotRow.name)
        at_work = {str(job): name for job, name in session.execute(slots)}
        wanted = run_views.query().where(RunRow.id.in_([*at_work, *places]), RunRow.owner == store.owner)
        found = {run.id: run for run in run_views.found(session, wanted)}
        devices = dict(session.execute(select(JobRow.id, JobRow.device).where(JobRow.id.in_(found))).tuples().all())
        of_runs = ProjectRow.id.in_([run.project_id for run in found.values()])
        names = dict(session.execute(select(ProjectRow.id, ProjectRow.name).where(of_runs)).tuples().all())
    turns = [Turn(found[run], names[found[run].project_id], 0, slot) for run, slot in at_work.items() if run in found]
    turns += [
        Turn(found[run], names[found[run].project_id], place, devices[run])
        for run, place in places.items()
        if run in found
    ]
    starting.see_to(store, (turn.run.state for turn in turns))
    return turns


def move(store: Store, run_id: str, place: Place) -> None:
    """Let a run that waits have its turn earlier or later. Raises JobError when it does not wait, and NotFound."""
    order.move(store, run_id, place)
