"""Workers that run out of memory, by an error of their own or at the hands of the system: the run heals or says why."""

import os
import time

import pytest

from tests import toy_store
from workbench.jobs import devices, heartbeat, memory_kills, queue, steering, supervisor
from workbench.jobs.supervisor import Supervisor
from workbench.services import curves, runs
from workbench.store.records import RunRow
from workbench.store.views import State


def test_case_49_a_worker_whose_memory_runs_out_goes_on_in_smaller_parts(store, monkeypatch):
    monkeypatch.setenv("TOY_MEMORY", "4")
    run = toy_store.start(store, toy_store.project(store), epochs=2)
    done = toy_store.wait(store, run.id, State.SUCCEEDED)
    assert done.progress.halvings == 1
    assert any("4 rows instead of 8" in text for text in toy_store.told(store, run.id))
    assert curves.series(store, run.id).steps == list(range(1, 17))


def test_case_49_a_run_that_never_fits_fails_and_says_what_to_do(store, monkeypatch):
    monkeypatch.setenv("TOY_MEMORY", "0")
    run = toy_store.start(store, toy_store.project(store))
    failed = toy_store.wait(store, run.id, State.FAILED)
    assert failed.reason.startswith("TRAIN-49: out of memory") and "smaller batch size" in failed.reason


@pytest.fixture
def reign(store, tmp_path, monkeypatch):
    """A supervisor in this process that reads a counter of the test's own; nobody else may become supervisor."""
    events = tmp_path / "memory.events"
    events.write_text("oom 0\noom_kill 7\n")
    monkeypatch.setenv("TOY_MEMORY_EVENTS", str(events))
    with heartbeat.lock(store.settings, supervisor.LOCK):
        devices.register(store)
        yield Supervisor(store, counters=[tmp_path / "not-there", events])


def rounds_until(store, reign, run_id, true):
    """The supervisor's rounds, until the run is as wanted."""
    deadline = time.monotonic() + toy_store.PATIENCE
    while not true(run := runs.get(store, run_id)):
        assert time.monotonic() < deadline, toy_store.told(store, run_id)
        reign.tick()
        time.sleep(0.05)
    return run


def notices(store, run_id):
    return [event.text for event in runs.events(store, run_id) if event.kind == "notice"]


def test_case_49_a_worker_killed_by_the_system_for_want_of_memory_is_recognised(store, reign, monkeypatch):
    place = toy_store.project(store)
    monkeypatch.setenv("TOY_MEMORY", "4")
    run = toy_store.start(store, place, epochs=2)
    done = rounds_until(store, reign, run.id, lambda run: run.state.ended)
    assert (done.state, done.progress.halvings) == (State.SUCCEEDED, 1)
    (text,) = notices(store, run.id)
    assert text.startswith("Memory ran out, and the system ended the worker. From the last checkpoint on, half as many")
    assert curves.series(store, run.id).steps == list(range(1, 17))


def test_case_49_an_error_outside_the_steps_starts_a_worker_anew(store, reign, monkeypatch):
    monkeypatch.setenv("TOY_FAIL", "memory")
    run = toy_store.start(store, toy_store.project(store))
    again = rounds_until(store, reign, run.id, lambda run: run.progress.halvings)
    assert again.state.active
    assert notices(store, run.id)[0].startswith("Memory ran out, and the worker ended. From the last checkpoint on")


def lease_of(store, run_id):
    """What a worker of this run would have; it is this process that seems to be one."""
    lease = queue.lease(store)
    assert lease.job_id == run_id
    queue.begin(store, lease, os.getpid(), 0.0)
    return lease


def test_case_49_after_the_third_time_the_run_fails_and_can_be_resumed(store, reign):
    run = toy_store.start(store, toy_store.project(store))
    for halvings in (1, 2, 3):
        lease = lease_of(store, run.id)
        queue.settle(store, run.id, lease.token, "Memory ran out", out_of_memory=True)
        again = runs.get(store, run.id)
        assert (again.state, again.progress.halvings) == (State.QUEUED, halvings)
    lease = lease_of(store, run.id)
    queue.settle(store, run.id, lease.token, "Memory ran out", out_of_memory=True)
    failed = runs.get(store, run.id)
    assert failed.state is State.FAILED and len(notices(store, run.id)) == 3
    assert failed.reason.startswith("TRAIN-49: out of memory, although only one row in 8 of a batch")
    assert "smaller batch size" in failed.reason and "smaller model" in failed.reason
    steering.request(store, run.id, "resume")  # somebody closed other programs
    assert runs.get(store, run.id).state is State.QUEUED


def test_case_49_what_was_asked_for_comes_before_healing(store, reign):
    run = toy_store.start(store, toy_store.project(store))
    lease = lease_of(store, run.id)
    steering.request(store, run.id, "pause")
    queue.settle(store, run.id, lease.token, "Memory ran out", out_of_memory=True)
    assert runs.get(store, run.id).state is State.PAUSED


def test_who_killed_a_worker_is_told_by_the_systems_counter_or_else_by_what_it_had_used(store, reign, tmp_path):
    run = toy_store.start(store, toy_store.project(store))

    def judged(counters, before, *, used=0, killed=False):
        with store.session() as session:
            row = session.get_one(RunRow, run.id)
            row.progress = {**row.progress, "peak_memory_bytes": used}
        worker = supervisor._Worker(queue.Lease(run.id, 1, "cpu"), None, 0.0, before, killed)
        return Supervisor(store, counters=counters)._killed(worker)

    events, everything = [tmp_path / "memory.events"], 10**15  # bytes: more than any machine has
    assert judged(events, 6).cause == "Memory ran out, and the system ended the worker"
    assert judged(events, 7, used=everything).cause == "The worker was killed (SIGKILL)."
    assert not judged(events, 7, used=everything).out_of_memory
    assert judged([], None, used=everything).out_of_memory
    assert "probably because memory ran out" in judged([], None, used=everything).cause
    assert not judged([], None, used=10**6).out_of_memory
    assert not judged([], None, used=everything, killed=True).out_of_memory  # the supervisor did it


def test_the_counter_is_that_of_the_first_file_that_has_one(tmp_path):
    v2, v1 = tmp_path / "memory.events", tmp_path / "memory.oom_control"
    v2.write_text("low 0\nhigh 3\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n")
    v1.write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n")
    assert memory_kills.count([tmp_path / "none", v2, v1]) == 2
    assert memory_kills.count([v1]) == 5
    assert memory_kills.count([tmp_path / "none"]) is None


def test_the_counters_of_this_process_are_looked_for_in_its_own_group(tmp_path, monkeypatch):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text("3:cpu,cpuacct:/a\n4:memory:/box/one\n0::/user.slice/app\n")
    monkeypatch.setattr(memory_kills, "PROC", tmp_path)
    monkeypatch.setattr(memory_kills, "GROUPS", tmp_path / "groups")
    found = [str(place.relative_to(tmp_path)) for place in memory_kills.counters()]
    assert found[0] == "groups/memory/box/one/memory.oom_control"
    assert "groups/user.slice/app/memory.events" in found and found[-1] == "vmstat"
