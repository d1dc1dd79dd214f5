"""The worker: one process a job. It takes its lock, says that it runs, works, and says how it ended.

    python -m workbench.jobs.worker JOB TOKEN SLOT      (started by the supervisor)

SIGTERM asks it to save what it has and end INTERRUPTED; nothing it writes counts once its token is stale.
"""

import logging
import os
import signal
import sys
import threading

from workbench import processes
from workbench import settings as settings_room
from workbench.errors import StoreError, WorkbenchError
from workbench.jobs import heartbeat, queue
from workbench.jobs.queue import Fenced, Lease
from workbench.store.session import Store
from workbench.store.views import JobView, State
from workbench.training import memory

OUT_OF_MEMORY = 49  # the exit status by which the supervisor knows

log = logging.getLogger("workbench.worker")


def main(arguments: list[str]) -> int:
    """Do one job; 0 when the store knows how it ended, OUT_OF_MEMORY or 1 when the supervisor has to see to it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(message)s", stream=sys.stderr)
    job_id, token, slot = arguments
    store, lease = Store(settings_room.read()), Lease(job_id, int(token), slot)
    terminated = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: terminated.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lock = heartbeat.lock(store.settings, heartbeat.job_lock(job_id))
    try:
        with lock.acquire(timeout=10):  # a look at the lock by somebody else takes no time
            return _live(store, lease, terminated)
    except Fenced as error:
        log.info("%s", error)
    except (StoreError, TimeoutError) as error:
        log.error("%s", error)
        return 1
    return 0


def _live(store: Store, lease: Lease, terminated: threading.Event) -> int:
    job = queue.begin(store, lease, os.getpid(), processes.started(os.getpid()) or 0.0)
    log.info("%s job %s on %s, token %d", job.kind, job.id, lease.slot, lease.token)
    with heartbeat.Heartbeat(store, lease):
        try:
            done = _work(store, lease, job, terminated)
        except (Fenced, StoreError):
            raise
        except WorkbenchError as error:
            log.error("%s", error)
            _fail(store, lease, str(error))
        except Exception as error:  # the entry point: whatever it is, the run must say so and keep its log
            log.exception("unexpected")
            if memory.ran_out(error) and job.kind in ("train", "measure"):
                return OUT_OF_MEMORY  # the next worker begins with all memory free, and takes less of it
            _fail(store, lease, _reason(error))
        else:
            if not done:
                _give_up(store, lease)
    return 0


def _work(store: Store, lease: Lease, job: JobView, terminated: threading.Event) -> bool:
    """True when the job ended with its results in the store, False when it was asked to end before."""
    if job.kind == "measure":
        from workbench.jobs import worker_measure  # heavy: only after the lock is held

        return worker_measure.measure(store, lease, job)
    if job.kind == queue.FOLDS:
        from workbench.jobs import worker_folds

        return worker_folds.judge(store, lease)
    from workbench.jobs import worker_train
    from workbench.jobs.reporter import StoreReporter

    with StoreReporter(store, lease, terminated) as reporter:
        return worker_train.train(store, lease, reporter)


def _give_up(store: Store, lease: Lease) -> None:
    """End as the user wished last; a worker that was only told to end leaves an INTERRUPTED job behind."""
    with store.session() as session:
        wish = queue.hold(session, lease).control
        if wish == "cancel":
            queue.finish(
                session, lease, State.CANCELLED, text="Cancelled. What it had learned is kept: it can be resumed."
            )
        elif wish == "pause":
            queue.finish(session, lease, State.PAUSED)
        else:
            queue.finish(session, lease, State.INTERRUPTED, text="Its worker was asked to end, and saved its work.")


def _fail(store: Store, lease: Lease, reason: str) -> None:
    with store.session() as session:
        queue.finish(session, lease, State.FAILED, text=f"Failed: {reason}", reason=reason)


def _reason(error: Exception) -> str:
    text = str(error)
    if memory.ran_out(error):
        return f"Memory ran out. {memory.REMEDY}"
    detail = f"{type(error).__name__}: {text.splitlines()[0][:300] if text else 'no message'}"
    return (
        f"An error inside the workbench ended this run ({detail}). The run's log has the details; resume to try again."
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
