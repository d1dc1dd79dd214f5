"""The supervisor among processes that live, hang, die, or are strangers."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from workbench import processes
from workbench.errors import JobError
from workbench.jobs import devices, heartbeat, queue, steering, supervisor
from workbench.jobs.queue import Lease
from workbench.jobs.supervisor import Supervisor
from workbench.services import projects
from workbench.settings import ROOT
from workbench.store.records import JobRow
from workbench.store.session import Store
from workbench.store.views import State

# A worker that has its job, and does nothing but live; SIGTERM does not impress it.
STUBBORN = """
import os, signal, sys, time
from workbench import processes
from workbench.jobs import heartbeat, queue
from workbench.settings import read
from workbench.store.session import Store
signal.signal(signal.SIGTERM, signal.SIG_IGN)
lease, store = queue.Lease(sys.argv[1], int(sys.argv[2]), "cpu"), Store(read())
with heartbeat.lock(store.settings, heartbeat.job_lock(lease.job_id)):
    queue.begin(store, lease, os.getpid(), processes.started(os.getpid()))
    print("alive", flush=True)
    time.sleep(600)
"""


class Clock:
    """Seconds that pass only when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def job_id(store):
    devices.register(store)
    project = projects.create(store, "Supervised")
    with store.session() as session:
        return queue.submit(session, store, project_id=project.id, kind="train", key="one")[0].id


@pytest.fixture
def stubborn(store):
    """Starts a stubborn worker for a lease; in a session of its own, as the supervisor does."""
    started = []

    def start(lease: Lease) -> subprocess.Popen:
        environment = os.environ | {"WORKBENCH_HOME": str(store.settings.home)}
        process = subprocess.Popen(
            [sys.executable, "-c", STUBBORN, lease.job_id, str(lease.token)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        started.append(process)
        assert process.stdout.readline() == b"alive\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def job(store: Store, job_id: str) -> JobRow:
    with store.reading() as session:
        return session.get_one(JobRow, job_id)


def test_a_new_supervisor_adopts_a_living_worker_and_notices_its_death(store, job_id, stubborn):
    process = stubborn(queue.lease(store))
    reign = Supervisor(store)
    reign.reconcile()
    reign.tick()
    assert job(store, job_id).state == State.RUNNING
    process.kill()
    process.wait()
    reign.tick()
    assert job(store, job_id).token == 2  # it was settled and given out again


def test_a_cancelled_worker_that_does_not_listen_gets_sigterm_then_its_group_sigkill(store, job_id, stubborn):
    process, clock = stubborn(queue.lease(store)), Clock()
    reign = Supervisor(store, clock)
    reign.reconcile()
    steering.request(store, job_id, "cancel")
    reign.tick()
    clock.now += supervisor.PATIENCE
    reign.tick()  # SIGTERM, which it ignores
    assert process.poll() is None
    clock.now += supervisor.GRACE - 1
    reign.tick()
    assert process.poll() is None
    clock.now += 1
    reign.tick()
    assert process.wait(30) == -signal.SIGKILL
    reign.tick()
    assert job(store, job_id).state == State.CANCELLED


def test_a_worker_without_heartbeat_is_replaced(store, job_id, stubborn):
    process, clock = stubborn(queue.lease(store)), Clock()
    reign = Supervisor(store, clock)
    reign.reconcile()
    reign.reconcile()
    clock.now += heartbeat.EXPIRY - 1
    reign.reconcile()
    with store.session() as session:
        session.get_one(JobRow, job_id).beat += 1
    clock.now += heartbeat.EXPIRY - 1
    reign.reconcile()  # the beat has changed since
    assert process.poll() is None
    clock.now += heartbeat.EXPIRY
    reign.reconcile()
    assert process.wait(30) == -signal.SIGKILL


def test_case_60_a_clock_that_jumps_changes_nothing(store, job_id, stubborn, monkeypatch):
    process = stubborn(queue.lease(store))
    reign = Supervisor(store)
    reign.reconcile()
    for jump in (10 * 365 * 86_400, -10 * 365 * 86_400):
        jumped = time.time() + jump
        monkeypatch.setattr(time, "time", lambda jumped=jumped: jumped)
        reign.reconcile()
        reign.tick()
        assert (job(store, job_id).state, job(store, job_id).token) == (State.RUNNING, 1)
        assert process.poll() is None
    assert processes.is_same(process.pid, job(store, job_id).pid_created)


def test_case_64_a_stranger_with_the_workers_number_is_never_signalled(store, job_id):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    try:
        born = processes.started(stranger.pid)
        lease, clock = queue.lease(store), Clock()
        queue.begin(store, lease, stranger.pid, born - 500)  # the number was the worker's, who started earlier
        reign = Supervisor(store, clock)
        with heartbeat.lock(store.settings, heartbeat.job_lock(job_id)):  # somebody lives who holds the lock
            reign.reconcile()
            steering.request(store, job_id, "cancel")
            for _ in range(4):
                clock.now += supervisor.PATIENCE + supervisor.GRACE
                reign.tick()
                reign.reconcile()
            assert stranger.poll() is None
            assert job(store, job_id).state == State.RUNNING
        reign.tick()  # the lock has fallen: the worker is dead, whatever runs under its number
        assert job(store, job_id).state == State.CANCELLED
        assert stranger.poll() is None
        assert processes.is_same(stranger.pid, born)
        assert not processes.is_same(stranger.pid, born + 500)
    finally:
        stranger.kill()
        stranger.wait()


def test_a_job_whose_worker_never_came_is_given_out_again(store, job_id):
    queue.lease(store)  # and the supervisor is killed before it starts anybody
    clock = Clock()
    reign = Supervisor(store, clock)
    reign.reconcile()
    reign.tick()
    assert job(store, job_id).token == 1  # a worker that was started just then has not taken its lock yet
    clock.now += supervisor.STARTING
    reign.tick()
    assert job(store, job_id).token == 2


def test_a_worker_that_is_just_starting_is_not_buried_by_the_next_supervisor(store, job_id, stubborn):
    lease, reign = queue.lease(store), Supervisor(store)
    reign.reconcile()
    reign.tick()  # the worker lives, but has not come to its lock
    stubborn(lease)
    reign.tick()
    assert (job(store, job_id).state, job(store, job_id).token, job(store, job_id).resumes) == (State.RUNNING, 1, 0)


def test_a_worker_that_cannot_be_started_is_tried_again_after_a_rest(store, job_id):
    clock = Clock()
    reign = Supervisor(store, clock)
    (store.settings.logs / f"{job_id}.log").mkdir(parents=True)  # opening it as a file raises OSError
    reign.tick()
    reign.tick()
    assert (job(store, job_id).state, job(store, job_id).resumes) == (State.QUEUED, 1)
    (store.settings.logs / f"{job_id}.log").rmdir()
    clock.now += supervisor.RECONCILE
    reign.tick()
    assert (job(store, job_id).state, job(store, job_id).token) == (State.LEASED, 2)


def test_a_supervisor_survives_an_error_of_the_disk(store, job_id, monkeypatch):
    rounds, stop = [], threading.Event()

    def full(_store):
        rounds.append(1)
        if len(rounds) > 2:
            stop.set()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(queue, "waiting", full)
    monkeypatch.setattr(queue, "lease", lambda _store: None)
    Supervisor(store).work(stop, 0.0)
    assert len(rounds) == 3


def test_a_supervisor_that_cannot_be_started_is_said(store):
    (store.settings.logs / "supervisor.log").mkdir(parents=True)  # opening it as a file raises OSError
    with pytest.raises(JobError, match="could not be started"):
        supervisor.ensure(store.settings)


def test_there_is_one_supervisor_and_it_ends_when_there_is_nothing_to_do(store):
    with heartbeat.lock(store.settings, supervisor.LOCK):
        supervisor.serve(store, threading.Event(), idle=0.0)  # gives way at once
        assert heartbeat.held(store.settings, supervisor.LOCK)
    supervisor.serve(store, threading.Event(), idle=0.0)
    assert not heartbeat.held(store.settings, supervisor.LOCK)


def test_a_zombie_is_not_alive():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert processes.started(child.pid) is None
    child.wait()
