"""What a worker tells the store: points, progress and events, gathered and written twice a second by a thread.

The training thread only appends to lists. One commit takes about 20 ms on a slow disk, so a commit a step would cost
more than many a step; and what is not yet written when the worker is killed is done again from the checkpoint.
"""

import logging
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import psutil
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from workbench.errors import StoreError, WorkbenchError
from workbench.jobs import queue
from workbench.jobs.queue import Fenced, Lease
from workbench.store.records import CheckpointRow, JobRow, MetricRow, RunRow
from workbench.store.session import Store
from workbench.training.problem import Control, Point

PERIOD = 0.5
PATIENCE = 120.0  # seconds without any successful write after which the worker gives up

log = logging.getLogger("workbench.worker")


@dataclass(slots=True)
class _Pending:
    """What has not been written yet."""

    points: list[Point] = field(default_factory=list)
    progress: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, str]] = field(default_factory=list)
    saved: list[tuple[int, str, bool, int]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.points or self.progress or self.events or self.saved or self.removed)

    def followed_by(self, later: "_Pending") -> "_Pending":
        return _Pending(
            self.points + later.points,
            self.progress | later.progress,
            self.events + later.events,
            self.saved + later.saved,
            self.removed + later.removed,
        )


class StoreReporter:
    """The loop's reporter (``training.problem.Reporter``) for one lease of a run."""

    def __init__(self, store: Store, lease: Lease, terminated: threading.Event) -> None:
        self._store = store
        self._lease = lease
        self._terminated = terminated
        self._pending = _Pending()
        self._appending = threading.Lock()
        self._writing = threading.Lock()
        self._control: Control | None = None
        self._fenced: Fenced | None = None
        self._trouble: StoreError | None = None
        self._fault: Exception | None = None
        self._written = self._began = time.monotonic()
        self._before = 0.0  # active seconds of earlier workers
        self._peak = 0
        self._ended = threading.Event()
        self._due = threading.Event()  # something should be written at once
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def __enter__(self) -> "StoreReporter":
        with self._store.reading() as session:
            progress = session.get_one(RunRow, self._lease.job_id).progress
        self._before = float(progress.get("active_seconds") or 0.0)
        self._peak = int(progress.get("peak_memory_bytes") or 0)
        self._poll()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._due.set()
        self._thread.join()
        if self._pending and self._fenced is None and self._fault is None:
            try:
                self.flush()
            except WorkbenchError as error:  # the job has ended, or the store is locked: the log has it all
                log.warning("%s", error)

    # -- what the loop calls --------------------------------------------------------------------------------------

    def point(self, point: Point) -> None:
        with self._appending:
            self._pending.points.append(point)

    def progress(self, **changes: Any) -> None:
        with self._appending:
            self._pending.progress.update(changes)

    def event(self, kind: str, text: str) -> None:
        log.info("%s", text)
        with self._appending:
            self._pending.events.append((kind, text))

    def control(self) -> Control | None:
        """What the user asked for; "cancel" also when this process was told to end. Raises Fenced, StoreError,
        and what nobody foresaw: nothing is written and no wish is heard any more.
        """
        if self._fenced is not None:
            raise self._fenced
        if self._fault is not None:
            raise self._fault
        if self._trouble is not None and time.monotonic() - self._written > PATIENCE:
            raise self._trouble
        return "cancel" if self._terminated.is_set() else self._control

    # -- what checkpoints call ------------------------------------------------------------------------------------

    def saved(self, step: int, folder: str, best: bool, size: int) -> None:
        with self._appending:
            self._pending.saved.append((step, folder, best, size))
            kind = "The best so far was saved" if best else "Saved"
            self._pending.events.append(("checkpoint", f"{kind} at step {step:,} ({size / 1e6:.1f} MB)."))
        self._due.set()  # a worker that dies now got somewhere: the supervisor should know

    def removed(self, folder: str) -> None:
        with self._appending:
            self._pending.removed.append(folder)

    def damaged(self, text: str) -> None:
        self.event("warning", text)

    # -- writing --------------------------------------------------------------------------------------------------

    def usage(self) -> dict[str, Any]:
        """Active seconds and peak memory of all workers of this run, as progress keeps them."""
        self._peak = max(self._peak, peak_memory())
        return {
            "active_seconds": round(self._before + time.monotonic() - self._began, 3),
            "peak_memory_bytes": self._peak,
        }

    def flush(self) -> None:
        """Write what is pending, in one transaction. Raises Fenced and StoreError; then it is still pending."""
        with self._writing:
            with self._appending:
                pending, self._pending = self._pending, _Pending()
            try:
                with self._store.session() as session:
                    self.write(session, pending)
            except StoreError:
                with self._appending:
                    self._pending = pending.followed_by(self._pending)
                raise
            self._written, self._trouble = time.monotonic(), None

    def write(self, session: Session, pending: _Pending) -> None:
        job = queue.hold(session, self._lease)
        run = session.get_one(RunRow, job.id)
        run.progress = {**run.progress, **pending.progress, **self.usage()}
        _write_points(session, job.id, pending.points)
        for kind, text in pending.events:
            queue.tell(session, job.id, job.owner, kind, text)
        for step, folder, best, size in pending.saved:
            if best:
                session.execute(update(CheckpointRow).where(CheckpointRow.run_id == job.id).values(best=False))
            session.add(CheckpointRow(id=folder, run_id=job.id, owner=job.owner, step=step, best=best, bytes=size))
            job.resumes = 0  # it got somewhere: the count of fruitless resumes begins anew
            session.flush()
        session.execute(delete(CheckpointRow).where(CheckpointRow.id.in_(pending.removed)))

    def _run(self) -> None:
        while not self._ended.is_set():
            self._due.wait(PERIOD)
            self._due.clear()
            if self._ended.is_set():
                return
            try:
                if self._pending:
                    self.flush()
                self._poll()
            except Fenced as error:
                self._fenced = error
                return
            except StoreError as error:  # kept and tried again; ``control`` tells when it lasts too long
                self._trouble = error
                log.warning("%s", error)
            except Exception as error:  # the thread's end: whatever it is, the training thread must hear of it
                self._fault = error
                log.exception("unexpected")
                return

    def _poll(self) -> None:
        with self._store.reading() as session:
            mine = JobRow.id == self._lease.job_id, JobRow.token == self._lease.token
            found = session.execute(select(JobRow.control).where(*mine)).one_or_none()
        if found is None:
            raise queue.fenced()
        self._control = cast("Control | None", found[0])


def _write_points(session: Session, run_id: str, points: list[Point]) -> None:
    """Append points. Where an earlier worker had got further than its checkpoint, its rows give way to these."""
    if not points:
        return
    first = min(point.step for point in points)
    known = session.get(MetricRow, (run_id, first))
    merged: dict[int, tuple[float, Mapping[str, float]]] = {first: (known.epoch, known.values)} if known else {}
    for point in points:
        merged[point.step] = (point.epoch, {**merged.get(point.step, (0.0, {}))[1], **point.values})
    if known:
        session.expunge(known)
    session.execute(delete(MetricRow).where(MetricRow.run_id == run_id, MetricRow.step >= first))
    rows = [{"run_id": run_id, "step": step, "epoch": epoch, "values": v} for step, (epoch, v) in merged.items()]
    session.execute(insert(MetricRow), rows)


def peak_memory() -> int:
    """The peak resident memory of this process in bytes, as the system counts it."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource  # not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
