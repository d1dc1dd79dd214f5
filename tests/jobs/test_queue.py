"""States, tokens, slots and order, without any process."""

import threading

import pytest
from sqlalchemy.exc import StatementError

from tests import toy_store
from workbench.errors import JobError, NotFound
from workbench.jobs import devices, queue, steering
from workbench.jobs.queue import Fenced, Lease
from workbench.jobs.reporter import StoreReporter
from workbench.services import curves, projects, runs
from workbench.store.records import CheckpointRow, EventRow, JobRow, MetricRow, SlotRow
from workbench.store.session import Store
from workbench.store.views import State
from workbench.training.problem import Point


@pytest.fixture
def project_id(store):
    devices.register(store)
    return projects.create(store, "Queue").id


def submit(store, project_id, key, device="auto") -> str:
    with store.session() as session:
        return queue.submit(session, store, project_id=project_id, kind="measure", key=key, device=device)[0].id


def state(store, job_id) -> State:
    return queue.job(store, job_id).state


def begin(store) -> Lease:
    lease = queue.lease(store)
    queue.begin(store, lease, 1, 1.0)
    return lease


def queue_a_run(store, place, key="a") -> str:
    """A train job without anybody who works."""
    with store.session() as session:
        return runs._queue(session, store, place[0], toy_store.recipe(), place[1], key=key, name="", device="auto")


def test_case_66_two_clicks_at_once_make_one_job(store, project_id):
    made = []
    clicks = [threading.Thread(target=lambda: made.append(submit(store, project_id, "one"))) for _ in range(8)]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert len(set(made)) == 1
    assert len(made) == 8
    with store.reading() as session:
        assert session.query(JobRow).count() == 1
        assert session.query(EventRow).count() == 1


def test_jobs_are_leased_in_the_order_in_which_they_came(store, project_id):
    first, second = submit(store, project_id, "a"), submit(store, project_id, "b")
    lease = begin(store)
    assert lease.job_id == first
    assert queue.lease(store) is None
    with store.session() as session:
        queue.finish(session, lease, State.SUCCEEDED)
    assert queue.lease(store) is None  # the device is free when the process has gone, not before
    queue.settle(store, first, lease.token, "The worker ended.")
    assert queue.lease(store).job_id == second
    assert state(store, first) is State.SUCCEEDED


def test_case_57_one_gpu_takes_one_job_and_the_other_stays_queued(store, project_id):
    with store.session() as session:
        session.add(SlotRow(name="cuda:0", title="A GPU", job_id=None))
    waiting = [submit(store, project_id, str(number)) for number in range(2)]
    leases: list[Lease | None] = []
    supervisors = [Store(store.settings) for _ in range(6)]
    threads = [threading.Thread(target=lambda own=own: leases.append(queue.lease(own))) for own in supervisors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [lease for lease in leases if lease is not None]
    assert [(lease.slot, lease.token) for lease in won] == [("cuda:0", 1)]
    assert sorted(state(store, job_id) for job_id in waiting) == [State.LEASED, State.QUEUED]
    on_cpu = submit(store, project_id, "cpu", device="cpu")  # it waits for no GPU
    lease = queue.lease(store)
    assert (lease.job_id, lease.slot) == (on_cpu, "cpu")


def test_a_stale_token_can_commit_nothing(store):
    place = toy_store.project(store)
    devices.register(store)
    run_id = queue_a_run(store, place)
    stale = begin(store)
    reporter = StoreReporter(store, stale, threading.Event())
    reporter.point(Point(1, 0.1, {"loss": 1.0}))
    reporter.saved(1, "folder", True, 10)
    queue.settle(store, run_id, stale.token, "The worker was killed.")
    fresh = begin(store)
    assert (fresh.job_id, fresh.token) == (run_id, 2)

    with pytest.raises(Fenced, match="Another worker has this job"):
        reporter.flush()
    with pytest.raises(Fenced), store.session() as session:
        queue.finish(session, stale, State.SUCCEEDED)
    with pytest.raises(Fenced):
        queue.begin(store, stale, 2, 2.0)
    queue.settle(store, run_id, stale.token, "Too late.")
    with store.reading() as session:
        assert session.query(MetricRow).count() == session.query(CheckpointRow).count() == 0
        assert session.get_one(SlotRow, fresh.slot).job_id == run_id
    assert state(store, run_id) is State.RUNNING


def test_three_automatic_resumes_without_a_new_checkpoint_then_it_fails(store):
    place = toy_store.project(store)
    devices.register(store)
    run_id = queue_a_run(store, place)
    for _ in range(queue.AUTOMATIC_RESUMES):
        queue.settle(store, run_id, begin(store).token, "The worker was killed (SIGKILL).")
        assert state(store, run_id) is State.QUEUED
    lease = begin(store)
    reporter = StoreReporter(store, lease, threading.Event())
    reporter.saved(5, "folder", True, 10)
    reporter.flush()  # a new checkpoint: the count begins anew
    for _ in range(queue.AUTOMATIC_RESUMES):
        queue.settle(store, run_id, lease.token, "The worker was killed (SIGKILL).")
        lease = begin(store)
    queue.settle(store, run_id, lease.token, "The worker was killed (SIGKILL).")
    run = runs.get(store, run_id)
    assert run.state is State.FAILED
    assert run.reason.startswith("The worker ended 4 times without getting to a new checkpoint")
    assert "SIGKILL" in run.reason
    steering.request(store, run_id, "resume")
    assert (state(store, run_id), queue.job(store, run_id).resumes) == (State.QUEUED, 0)


@pytest.mark.parametrize(
    ("asked", "after"), [("cancel", State.CANCELLED), ("pause", State.PAUSED), ("stop", State.QUEUED)]
)
def test_a_worker_that_dies_after_a_request_leaves_what_was_asked_for(store, asked, after):
    place = toy_store.project(store)
    devices.register(store)
    run_id = queue_a_run(store, place)
    lease = begin(store)
    steering.request(store, run_id, asked)
    queue.settle(store, run_id, lease.token, "The worker was killed (SIGKILL).")
    job = queue.job(store, run_id)
    assert job.state is after
    assert job.control == ("stop" if asked == "stop" else None)


def test_a_measurement_halves_three_times_and_then_says_what_a_run_would_meet(store, project_id):
    job_id = submit(store, project_id, "a")
    for halvings in range(1, 4):
        queue.settle(store, job_id, begin(store).token, "Memory ran out", out_of_memory=True)
        assert (state(store, job_id), queue.job(store, job_id).details["halvings"]) == (State.QUEUED, halvings)
    queue.settle(store, job_id, begin(store).token, "Memory ran out", out_of_memory=True)
    failed = queue.job(store, job_id)
    assert failed.state is State.FAILED
    assert "only one row in 8 of a batch" in failed.reason and "smaller batch size" in failed.reason


def test_what_a_state_forbids_is_said(store):
    place = toy_store.project(store)
    devices.register(store)
    run_id = queue_a_run(store, place)
    with pytest.raises(JobError, match="Nothing was learned yet"):
        steering.request(store, run_id, "stop")
    steering.request(store, run_id, "pause")
    assert state(store, run_id) is State.PAUSED
    steering.request(store, run_id, "resume")
    lease = begin(store)
    steering.request(store, run_id, "cancel")
    with pytest.raises(JobError, match="being cancelled"):
        steering.request(store, run_id, "pause")
    queue.settle(store, run_id, lease.token, "gone")
    for what in ("pause", "stop"):
        with pytest.raises(JobError, match="ended already"):
            steering.request(store, run_id, what)
    steering.request(store, run_id, "cancel")  # it is already: no mistake
    with pytest.raises(NotFound):
        steering.request(Store(store.settings, owner="somebody else"), run_id, "cancel")


def test_events_are_only_ever_added(store):
    place = toy_store.project(store)
    devices.register(store)
    run_id = queue_a_run(store, place)
    lease = begin(store)
    steering.request(store, run_id, "pause")
    queue.settle(store, run_id, lease.token, "The worker was killed (SIGKILL).")
    assert toy_store.told(store, run_id) == [
        "Waiting for a free device.",
        "A worker is being started.",
        "Started on cpu.",
        "Asked to pause.",
        "The worker was killed (SIGKILL).",
        "Paused. It goes on from here when you press Resume.",
    ]


def test_points_of_a_resumed_run_replace_those_beyond_its_checkpoint(store):
    place = toy_store.project(store)
    devices.register(store)
    run_id = queue_a_run(store, place)
    reporter = StoreReporter(store, begin(store), threading.Event())
    for step in range(1, 11):
        reporter.point(Point(step, step / 10, {"loss": 1.0}))
    reporter.flush()
    reporter.point(Point(10, 1.0, {"validation_loss": 0.5}))
    reporter.flush()
    assert curves.series(store, run_id).values["loss"] == [1.0] * 10  # the same point, with one more value
    before = curves.version(store, run_id)
    reporter.point(Point(7, 0.7, {"loss": 2.0}))
    reporter.flush()
    series = curves.series(store, run_id)
    assert series.steps == [1, 2, 3, 4, 5, 6, 7]
    assert series.values["loss"][-1] == 2.0
    assert series.version == curves.version(store, run_id) != before


def test_an_error_nobody_foresaw_in_the_reporters_thread_reaches_the_training(store):
    place = toy_store.project(store)
    devices.register(store)
    queue_a_run(store, place)
    with StoreReporter(store, begin(store), threading.Event()) as reporter:
        reporter.progress(best_score=object())  # no value that the store can keep
        reporter._thread.join(30)
        with pytest.raises(StatementError, match="not JSON serializable"):
            reporter.control()
