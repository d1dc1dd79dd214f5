"""How one knows that a worker lives: a kernel lock, and a counter that rises.

No clock of the machine is asked. The lock falls when its process dies, however it dies; the counter is watched by the
supervisor's own monotonic clock. (Whether a process is really the worker's: ``workbench.processes``.)
"""

import logging
import threading
import time
from collections.abc import Callable

from filelock import FileLock, Timeout
from sqlalchemy import update

from workbench.errors import StoreError
from workbench.jobs.queue import Lease
from workbench.settings import Settings
from workbench.store.records import JobRow
from workbench.store.session import Store

log = logging.getLogger("workbench.worker")

PERIOD = 5.0
EXPIRY = 30.0


def lock(settings: Settings, name: str) -> FileLock:
    """The kernel lock ``locks/<name>.lock``; it falls with the process that holds it."""
    settings.locks.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.locks / f"{name}.lock", fallback_to_soft=False)


def held(settings: Settings, name: str) -> bool:
    """Does a living process hold this lock?"""
    probe = lock(settings, name)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    probe.release()
    return False


def job_lock(job_id: str) -> str:
    """The name of the lock that the worker of a job holds."""
    return f"job-{job_id}"


class Heartbeat:
    """Raises the job's beat in a thread, as long as this worker has the job."""

    def __init__(self, store: Store, lease: Lease, period: float = PERIOD) -> None:
        self._store = store
        self._lease = lease
        self._period = period
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        mine = update(JobRow).where(JobRow.id == self._lease.job_id, JobRow.token == self._lease.token)
        while not self._ended.wait(self._period):
            try:
                with self._store.session() as session:
                    session.execute(mine.values(beat=JobRow.beat + 1))
            except StoreError as error:  # the next beat may get through; the supervisor has patience for several
                log.warning("no heartbeat: %s", error)


class Watch:
    """Tells when a beat has not changed for EXPIRY seconds of a monotonic clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, int], tuple[int, float]] = {}

    def expired(self, job_id: str, token: int, beat: int) -> bool:
        """Note this beat of this lease; True when it has stood still for too long."""
        last, since = self._seen.get((job_id, token), (None, 0.0))
        if beat != last:
            self._seen[job_id, token] = (beat, self._clock())
            return False
        return self._clock() - since >= EXPIRY
