"""The supervisor: one process a store that gives waiting jobs to workers and sees to it that none is forgotten.

    python -m workbench.jobs.supervisor

It may be killed at any time. Workers live on without it; the next one finds every job in the store, adopts the
workers that hold their lock, and lets the jobs of dead ones go on.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from filelock import Timeout
from sqlalchemy import select, update

from workbench import processes
from workbench import settings as settings_room
from workbench.errors import JobError, WorkbenchError
from workbench.jobs import devices, heartbeat, memory_kills, queue
from workbench.jobs.queue import Lease
from workbench.jobs.worker import OUT_OF_MEMORY
from workbench.settings import ROOT, Settings
from workbench.store import migrations
from workbench.store.records import JobRow, RunRow, SlotRow
from workbench.store.session import Store
from workbench.store.views import State

LOCK = "supervisor"
TICK = 0.25
RECONCILE = 10.0
IDLE = 30.0
STARTING = 60.0  # a worker takes its lock within a second; this is for a machine that swaps
PATIENCE = 10.0  # between the flag, which a worker polls each step, and SIGTERM
GRACE = 30.0  # between SIGTERM and SIGKILL
KILLED = -9  # the status of a process that got SIGKILL
NEARLY_ALL = 0.5  # of the machine's memory: what a run had used that is killed and probably wanted more

log = logging.getLogger("workbench.supervisor")
_started: dict[Path, threading.Thread] = {}  # one that was started a moment ago may not have its lock yet


def ensure(settings: Settings) -> None:
    """Start a supervisor, detached from this process, unless one is at work. Raises JobError when that fails."""
    waiter = _started.get(settings.home)
    try:
        if (waiter is not None and waiter.is_alive()) or heartbeat.held(settings, LOCK):
            return
        process = _spawn(settings, ["workbench.jobs.supervisor"], "supervisor.log")
    except OSError as error:
        raise JobError(
            f"the process that gives out the work could not be started ({error.strerror or error})",
            where=str(settings.home),
            remedy="What was asked for is kept and waits. Free some room or memory, then reload the page.",
        ) from error
    waiter = threading.Thread(target=process.wait, daemon=True)  # so that it leaves no zombie in a long-lived parent
    waiter.start()
    _started[settings.home] = waiter


def main() -> int:
    """Hold the lock and serve the queue until it has been empty for a while."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s", stream=sys.stderr)
    settings = settings_room.read()
    store = Store(settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        migrations.upgrade(store)
        serve(store, stop)
    except WorkbenchError as error:
        log.error("%s", error)
        return 1
    return 0


def serve(store: Store, stop: threading.Event, *, idle: float = IDLE) -> None:
    """Be the supervisor, if nobody else is, until nothing has been waiting for ``idle`` seconds."""
    lock = heartbeat.lock(store.settings, LOCK)
    while not stop.is_set():
        try:
            lock.acquire(timeout=2)  # longer than anybody's look at the lock takes
        except Timeout:
            return
        try:
            Supervisor(store).work(stop, idle)
        finally:
            lock.release()
        if not queue.waiting(store):  # looked at once more: somebody may have seen the lock held and gone away
            return


@dataclass(slots=True)
class _Worker:
    """A worker as its supervisor knows it; ``process`` only if this supervisor started it.

    ``memory_kills`` is the system's counter when it was first seen; ``killed`` says that the supervisor did it.
    """

    lease: Lease
    process: subprocess.Popen[bytes] | None
    seen: float
    memory_kills: int | None
    killed: bool = False
    asked: float | None = None
    terminated: float | None = None
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = heartbeat.job_lock(self.lease.job_id)


@dataclass(frozen=True, slots=True)
class _Death:
    """Why a worker is gone, in plain words."""

    cause: str
    out_of_memory: bool = False


class Supervisor:
    """The state of one reign: which workers there are, and since when they have been asked to end.

    ``counters`` are the files in which the system counts whom it killed for want of memory.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float] = time.monotonic, counters: Sequence[Path] | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._counters = memory_kills.counters() if counters is None else counters
        self._watch = heartbeat.Watch(clock)
        self._workers: dict[str, _Worker] = {}
        self._rest = clock()  # no worker is started before

    def work(self, stop: threading.Event, idle: float) -> None:
        """Serve the queue until told to stop, or until nothing was waiting for ``idle`` seconds."""
        log.info("at work")
        busy, due, registered = self._clock(), self._clock(), False
        while not stop.wait(TICK):
            try:
                if not registered:
                    devices.register(self._store)
                    registered = True
                if self._clock() >= due:
                    due = self._clock() + RECONCILE
                    self.reconcile()
                self.tick()
                if self._workers or queue.waiting(self._store):
                    busy = self._clock()
            except (WorkbenchError, OSError) as error:  # a locked store or a full disk: the next round may go better
                log.error("%s", error)
                continue
            if self._clock() - busy >= idle:
                break
        log.info("no more to do")

    def tick(self) -> None:
        """One round: bury the dead, press those who were asked to end, start what can start."""
        for worker in list(self._workers.values()):
            death = self._death(worker)
            if death is not None:
                log.info("job %s: %s", worker.lease.job_id, death.cause)
                job_id, token = worker.lease.job_id, worker.lease.token
                queue.settle(self._store, job_id, token, death.cause, out_of_memory=death.out_of_memory)
                del self._workers[worker.lease.job_id]
        self._press()
        while self._clock() >= self._rest and (lease := queue.lease(self._store)):
            self._start(lease)

    def reconcile(self) -> None:
        """Make the store and the processes agree: adopt, settle, free."""
        at_work = [State.LEASED.value, State.RUNNING.value, State.INTERRUPTED.value]
        with self._store.reading() as session:
            jobs = session.scalars(select(JobRow).where(JobRow.state.in_(at_work)).order_by(JobRow.position)).all()
            slots = {row.job_id: row.name for row in session.scalars(select(SlotRow)) if row.job_id}
            ended = session.scalars(select(JobRow).where(JobRow.id.in_(slots), JobRow.state.not_in(at_work))).all()
        for job in jobs:
            worker = self._workers.get(job.id)
            if worker is None:
                log.info("job %s: found %s", job.id, job.state)
                lease = Lease(job.id, job.token, slots.get(job.id, ""))
                self._workers[job.id] = _Worker(lease, None, self._clock(), memory_kills.count(self._counters))
            elif job.state == State.RUNNING.value and self._watch.expired(job.id, job.token, job.beat):
                log.warning("job %s: no heartbeat for %g s", job.id, heartbeat.EXPIRY)
                self._kill(worker)
        for job in ended:
            if job.id not in self._workers and not heartbeat.held(self._store.settings, heartbeat.job_lock(job.id)):
                with self._store.session() as session:
                    session.execute(update(SlotRow).where(SlotRow.job_id == job.id).values(job_id=None))

    def _start(self, lease: Lease) -> None:
        log.info("job %s: starting a worker on %s", lease.job_id, lease.slot)
        arguments = ["workbench.jobs.worker", lease.job_id, str(lease.token), lease.slot]
        try:
            process = _spawn(self._store.settings, arguments, f"{lease.job_id}.log")
        except OSError as error:  # a full disk, or too many processes: it may go better in a while
            cause = f"The worker could not be started ({error.strerror or error})."
            log.error("job %s: %s", lease.job_id, cause)
            self._rest = self._clock() + RECONCILE
            queue.settle(self._store, lease.job_id, lease.token, cause)
            return
        self._workers[lease.job_id] = _Worker(lease, process, self._clock(), memory_kills.count(self._counters))

    def _death(self, worker: _Worker) -> _Death | None:
        """Why the worker is gone; None while it lives."""
        if worker.process is not None:
            status = worker.process.poll()
            if status is None:
                return None
            return self._killed(worker) if status == KILLED else _ending(status)
        if heartbeat.held(self._store.settings, worker.name):
            return None
        job = self._row(worker)
        young = self._clock() - worker.seen < STARTING
        if job is not None and young and (job.state == State.LEASED or processes.is_same(job.pid, job.pid_created)):
            return None  # it has not taken its lock yet, or has just let it go and is about to end
        return _Death("The worker was gone when the supervisor came.")

    def _killed(self, worker: _Worker) -> _Death:
        """Who sent SIGKILL: this supervisor, the system for want of memory, or somebody.

        Where the system does not count that, a run that had used more than half of the machine's memory is taken to
        have wanted more.
        """
        plain = _Death("The worker was killed (SIGKILL).")
        if worker.killed:
            return plain
        before, now = worker.memory_kills, memory_kills.count(self._counters)
        if before is not None and now is not None:
            return (
                _Death("Memory ran out, and the system ended the worker", out_of_memory=True) if now > before else plain
            )
        used, all_memory = self._peak(worker), psutil.virtual_memory().total
        if used < NEARLY_ALL * all_memory:
            return plain
        cause = (
            "The worker was killed (SIGKILL), probably because memory ran out: it had used "
            f"{used / 1e9:.1f} of this computer's {all_memory / 1e9:.1f} GB"
        )
        return _Death(cause, out_of_memory=True)

    def _peak(self, worker: _Worker) -> int:
        """The most bytes of memory that the run's workers had used when they last told."""
        with self._store.reading() as session:
            run = session.get(RunRow, worker.lease.job_id)
            return int(run.progress.get("peak_memory_bytes") or 0) if run else 0

    def _press(self) -> None:
        """Flag, then SIGTERM, then SIGKILL: a cancelled job ends within PATIENCE + GRACE seconds, whatever it does."""
        with self._store.reading() as session:
            asked = set(session.scalars(select(JobRow.id).where(JobRow.control == "cancel")))
        for worker in self._workers.values():
            if worker.lease.job_id not in asked:
                worker.asked = worker.terminated = None
                continue
            worker.asked = worker.asked or self._clock()
            if worker.terminated is None and self._clock() - worker.asked >= PATIENCE:
                worker.terminated = self._clock()
                self._signal(worker, signal.SIGTERM)
            elif worker.terminated is not None and self._clock() - worker.terminated >= GRACE:
                self._kill(worker)

    def _kill(self, worker: _Worker) -> None:
        worker.killed = True
        self._signal(worker, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)

    def _signal(self, worker: _Worker, number: signal.Signals) -> None:
        """Signal the worker's group, if it is certain that it is the worker's."""
        job = self._row(worker)
        pid, created = (job.pid, job.pid_created) if job else (None, None)
        mine = worker.process is not None and worker.process.poll() is None
        if mine and worker.process is not None:
            pid = worker.process.pid
        elif not processes.is_same(pid, created) or not heartbeat.held(self._store.settings, worker.name):
            log.warning("job %s: process %s is a stranger and was left alone", worker.lease.job_id, pid)
            return
        if pid is None:
            return
        log.info("job %s: %s to %d", worker.lease.job_id, number.name, pid)
        try:
            if os.name == "nt":
                for process in (*psutil.Process(pid).children(recursive=True), psutil.Process(pid)):
                    process.terminate()
            elif number == signal.SIGTERM:
                os.kill(pid, number)  # the worker ends its children itself
            else:
                os.killpg(pid, number)  # it leads a session of its own, so the group is its children's
        except (OSError, psutil.Error):
            log.info("job %s: it had ended already", worker.lease.job_id)

    def _row(self, worker: _Worker) -> JobRow | None:
        """The job's row, while it is this worker's."""
        with self._store.reading() as session:
            job = session.get(JobRow, worker.lease.job_id)
            return job if job and job.token == worker.lease.token else None


def _spawn(settings: Settings, arguments: list[str], log_name: str) -> subprocess.Popen[bytes]:
    """Start a module of ours in a session of its own, so that neither Ctrl-C nor a closed terminal reaches it.

    Raises OSError.
    """
    environment = os.environ | {
        "WORKBENCH_HOME": str(settings.home),
        "WORKBENCH_DATABASE": settings.database,
        "PYTHONUNBUFFERED": "1",
        "OMP_WAIT_POLICY": "PASSIVE",  # spinning threads slow a busy machine down more than they help a quiet one
    }
    detached = 0x00000208 if sys.platform == "win32" else 0  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / log_name).open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=detached,
        )


def _ending(status: int) -> _Death:
    if status == 0:
        return _Death("The worker ended.")
    if status == OUT_OF_MEMORY:
        return _Death("Memory ran out, and the worker ended", out_of_memory=True)
    if status < 0:
        return _Death(f"The worker was killed ({signal.Signals(-status).name}).")
    return _Death(f"The worker ended unexpectedly (exit status {status}).")


if __name__ == "__main__":
    raise SystemExit(main())
