"""Any process may die at any instant: nothing is lost, nothing is done twice, and the result is the same."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading

import pytest

from tests import toy_store
from workbench.artefacts import folders
from workbench.jobs import supervisor
from workbench.services import curves, runs, starting, turns
from workbench.settings import ROOT
from workbench.store.session import Store
from workbench.store.views import State

LONG = {"epochs": 6, "checkpoint_steps": 3}  # 48 steps, a checkpoint every third
DELAY = "0.04"


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    """The weights of the LONG run when nobody disturbs it."""
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        toy_store.opened(tmp_path_factory.mktemp("undisturbed"), monkeypatch) as store,
    ):
        run = toy_store.start(store, toy_store.project(store), **LONG)
        toy_store.wait(store, run.id, State.SUCCEEDED)
        return toy_store.weights(store, run.id)


@pytest.fixture
def place(store, monkeypatch):
    """A project and its data, in a store whose workers are slow enough to be met in the middle."""
    monkeypatch.setenv("TOY_DELAY", DELAY)
    return toy_store.project(store)


def kill_worker_often(store, run_id, times, draw) -> None:
    """SIGKILL at drawn steps, each beyond the last, wherever the worker is then: in a step, a save, a commit."""
    for step in sorted(draw.sample(range(2, 44), times)):
        toy_store.wait_until(store, run_id, toy_store.trained_beyond(step))
        toy_store.worker(store, run_id).kill()
        toy_store.wait_until(
            store, run_id, lambda run: run.state is not State.RUNNING or run.progress.phase == "loading"
        )


@pytest.mark.parametrize(
    ("count", "times"), [(2, 2), pytest.param(2, 10, marks=[pytest.mark.slow, pytest.mark.timeout(900)])]
)
def test_case_53_a_killed_worker_goes_on_to_identical_weights(store, place, wanted, count, times):
    for seed in range(count):
        run = toy_store.start(store, place, **LONG)
        kill_worker_often(store, run.id, times, random.Random(seed))
        done = toy_store.wait(store, run.id, State.SUCCEEDED)
        assert toy_store.weights(store, run.id) == wanted
        assert done.progress.step == 48
        steps = curves.series(store, run.id).steps
        assert len(steps) == len(set(steps))
        told = toy_store.told(store, run.id)
        assert told.count("The worker was killed (SIGKILL).") == times
        assert any("Continued from the checkpoint" in text for text in told)


WEB = """
import sys, time
from workbench import tasks
from tests import toy_store
from workbench.services.workbench import open_workbench
store = open_workbench()
run = toy_store.start(store, (sys.argv[1], sys.argv[2]), epochs=5)
toy_store.wait_until(store, run.id, toy_store.trained_beyond(1))
print(run.id, flush=True)
time.sleep(600)
"""


def test_case_54_training_survives_the_process_that_started_it(store, place):
    environment = os.environ | {"WORKBENCH_HOME": str(store.settings.home)}
    web = subprocess.Popen(
        [sys.executable, "-c", WEB, *place], cwd=ROOT, env=environment, stdout=subprocess.PIPE, start_new_session=True
    )
    run_id = web.stdout.readline().decode().strip()
    os.killpg(web.pid, signal.SIGINT)  # Ctrl-C reaches the whole group of a terminal's foreground process
    web.kill()
    web.wait()
    web.stdout.close()
    done = toy_store.wait(store, run_id, State.SUCCEEDED)  # a new page finds it by its address
    assert done.resumes == 0
    assert toy_store.told(store, run_id).count("Started on cpu.") == 1


def test_case_55_after_a_reboot_a_fresh_supervisor_resumes(store, place, wanted):
    run = toy_store.start(store, place, **LONG)
    waiting = toy_store.start(store, place, epochs=1)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(9))
    toy_store.end_processes(store)  # everything at once, as when the power fails
    assert runs.get(store, run.id).state is State.RUNNING  # nobody could say otherwise
    starting.ensure_supervisor(store)
    toy_store.wait(store, run.id, State.SUCCEEDED)
    toy_store.wait(store, waiting.id, State.SUCCEEDED)
    assert toy_store.weights(store, run.id) == wanted
    assert "The worker was gone when the supervisor came." in toy_store.told(store, run.id)


def test_case_56_sigterm_saves_and_leaves_an_interrupted_run(store, place):
    run = toy_store.start(store, place, epochs=6)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(2))
    worker = toy_store.worker(store, run.id)
    for process in toy_store.processes(store, supervisor.__name__):
        process.kill()  # so that nobody lets the run go on before one has looked at it
    worker.terminate()
    worker.wait(30)
    interrupted = runs.get(store, run.id)
    assert interrupted.state is State.INTERRUPTED
    assert f"aved at step {interrupted.progress.step:,} (" in toy_store.told(store, run.id)[-2]  # or as the best so far
    toy_store.wait(store, run.id, State.SUCCEEDED)
    told = " ".join(toy_store.told(store, run.id))
    assert f"Continued from the checkpoint of step {interrupted.progress.step:,}." in told


def test_case_63_a_damaged_checkpoint_is_skipped_and_said(store, place, wanted):
    run = toy_store.start(store, place, **LONG)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(9))
    runs.pause(store, run.id)
    toy_store.wait(store, run.id, State.PAUSED)
    toy_store.wait_for_rest(store)
    root = store.settings.checkpoints / run.id
    newest = max(
        (path for path in root.iterdir() if path.name != folders.STAGING), key=lambda path: path.stat().st_mtime
    )
    half = newest / "optimizer.safetensors"
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    runs.resume(store, run.id)
    toy_store.wait(store, run.id, State.SUCCEEDED)
    assert toy_store.weights(store, run.id) == wanted
    assert any("is damaged and was skipped" in text for text in toy_store.told(store, run.id))


def test_case_70_a_cancel_during_a_save_finishes_the_save(store, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.01")
    monkeypatch.setenv("TOY_BALLAST", "60")
    run = toy_store.start(store, toy_store.project(store), epochs=50, checkpoint_steps=2)
    root = store.settings.checkpoints / run.id
    toy_store.wait_until(store, run.id, lambda _: any((root / folders.STAGING).glob("*/*.safetensors")))
    runs.cancel(store, run.id)
    cancelled = toy_store.wait(store, run.id, State.CANCELLED)
    toy_store.wait_for_rest(store)
    saved = [path for path in root.iterdir() if path.name != folders.STAGING]
    assert saved
    for folder in saved:
        folders.verify(folder)
    assert not any((root / folders.STAGING).iterdir())
    runs.resume(store, run.id)
    toy_store.wait_until(store, run.id, lambda now: now.progress.step > cancelled.progress.step)
    assert any("Continued from the checkpoint" in text for text in toy_store.told(store, run.id))


def test_a_killed_supervisor_leaves_work_and_the_order_that_was_chosen(store, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.02")
    place = toy_store.project(store)
    first, second, third = (toy_store.start(store, place, epochs=2) for _ in range(3))
    turns.move(store, third.id, "up")
    queued = [first, third, second]
    for run in queued:
        toy_store.wait_until(store, run.id, lambda now: now.state in (State.RUNNING, State.SUCCEEDED))
        for process in toy_store.processes(store, supervisor.__name__):
            process.kill()
    done = [toy_store.wait(store, run.id, State.SUCCEEDED) for run in queued]
    assert [run.started for run in done] == sorted(run.started for run in done)
    assert all(first.ended <= second.started for first, second in itertools.pairwise(done))
    for run in done:
        told = toy_store.told(store, run.id)
        assert told.count("Started on cpu.") == 1
        assert told.count("Finished.") == 1


def test_case_52_a_run_on_a_full_disk_waits_and_goes_on_by_itself(store, place, wanted, tmp_path, monkeypatch):
    full = tmp_path / "full"
    full.touch()
    monkeypatch.setenv("TOY_FULL", str(full))
    run = toy_store.start(store, place, **LONG)
    waiting = toy_store.wait_until(store, run.id, lambda now: now.progress.waits_for)
    assert (waiting.state, waiting.progress.phase, waiting.progress.step) == (State.RUNNING, "no room", 3)
    assert f"20 MB are needed in {store.settings.home}, 0 MB are free" in waiting.progress.waits_for
    root = store.settings.checkpoints / run.id
    assert [path for path in root.rglob("*") if path.name != folders.STAGING] == []  # nothing is half-written
    runs.cancel(store, run.id)
    toy_store.wait(store, run.id, State.CANCELLED)
    runs.resume(store, run.id)
    toy_store.wait_until(store, run.id, lambda now: now.progress.waits_for)
    full.unlink()
    toy_store.wait(store, run.id, State.SUCCEEDED)
    assert toy_store.weights(store, run.id) == wanted
    assert runs.get(store, run.id).progress.waits_for == ""
    told = toy_store.told(store, run.id)
    assert sum("It goes on by itself once there is room" in text for text in told) == 2


def test_case_58_a_worker_waits_out_a_locked_store(store, place):
    run = toy_store.start(store, place, epochs=4)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(1))
    with Store(store.settings).session():  # somebody holds the write lock for two of the reporter's turns
        threading.Event().wait(1.5)
    done = toy_store.wait(store, run.id, State.SUCCEEDED)
    assert done.resumes == 0
    assert curves.series(store, run.id).steps == list(range(1, 33))
