"""The real web process dies while a run trains: the run goes on, and the next web process shows it."""

import os
import signal
import time

import pytest

from tests import toy_store
from tests.browser.screen import Screen
from tests.serving import serving
from workbench.services import projects, runs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_DELAY", "0.1")
    with toy_store.opened(tmp_path / "store", monkeypatch) as opened:
        yield opened


def trains_on(store, run_id, steps):
    """Wait for more steps and only look: ``toy_store.wait_until`` would wake a supervisor itself."""
    wanted, deadline = runs.get(store, run_id).progress.step + steps, time.monotonic() + toy_store.PATIENCE
    while runs.get(store, run_id).progress.step < wanted:
        assert time.monotonic() < deadline, toy_store.told(store, run_id)
        time.sleep(0.1)


def sees_points(chromium, web, run):
    window = Screen.open(chromium, web, f"/train?project={run.project_id}&run={run.id}")
    window.page.wait_for_function("Number(document.querySelector('.live-plot')?.dataset.points || 0) > 5")
    window.close()


def test_cases_54_and_55_a_run_outlives_a_reboot_and_the_web_process(store, chromium):
    place = toy_store.project(store)
    projects.save_draft(
        store, projects.draft(store, place[0]), recipe=toy_store.recipe(), data_version_id=place[1], reviewed="data"
    )
    run = toy_store.start(store, place, epochs=300, checkpoint_steps=5)
    toy_store.wait_until(store, run.id, toy_store.trained_beyond(6))
    toy_store.end_processes(store)  # everything at once, as when the power fails
    with serving(store.settings.home) as web:
        trains_on(store, run.id, 5)  # nobody has opened a page: the web process let it go on
        sees_points(chromium, web, run)
        worker = toy_store.worker(store, run.id)
        os.kill(web.pid, signal.SIGKILL)
        trains_on(store, run.id, 5)
    with serving(store.settings.home) as web:
        sees_points(chromium, web, run)
        trains_on(store, run.id, 1)
    assert toy_store.worker(store, run.id) == worker  # the same process all the time
    assert runs.get(store, run.id).resumes == 1
