"""A real temporary store with a toy project in it, whose runs go through the real supervisor and worker."""

import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyarrow as pa
import pytest

from tests import toy
from workbench import tasks
from workbench.artefacts import folders
from workbench.data.tables import TABLE, content_hash, write_table
from workbench.jobs import supervisor
from workbench.recipe import Data, Recipe, Training
from workbench.services import models, projects, runs, starting
from workbench.services.workbench import open_workbench
from workbench.settings import Settings
from workbench.store.records import DataSetRow, DataVersionRow, JobRow, SlotRow
from workbench.store.session import Store
from workbench.store.views import RunView, State

PATIENCE = 120.0
_measured: dict[str, bytes] = {}  # how fast this machine is: found by the first worker, spared to the others
WORDS = {"rivers": "the otter swims in a river of stars", "wine": "we pour out wine in oak and pine"}


@contextmanager
def opened(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store at ``home`` in which toy runs can be started; afterwards none of its processes is left."""
    known = tasks.TASKS if toy.TASK in tasks.TASKS else (*tasks.TASKS, toy.TASK)
    monkeypatch.setattr(tasks, "TASKS", known)
    monkeypatch.setenv("WORKBENCH_TASKS", "tests.toy:TASK")
    store = open_workbench(Settings(home))
    store.settings.cache.mkdir()
    for name, content in _measured.items():
        (store.settings.cache / name).write_bytes(content)
    try:
        yield store
    finally:
        end_processes(store)
        _measured.update({path.name: path.read_bytes() for path in store.settings.cache.glob("machine-*.json")})
        store.close()


def project(store: Store, name: str = "Toy", rows: int = 80) -> tuple[str, str]:
    """A project with one data version of ``rows`` rows: their ids."""
    made = projects.create(store, name)
    return made.id, data_version(store, made.id, rows)


def data_version(store: Store, project_id: str, rows: int = 80, labels: Sequence[str] = tuple(WORDS)) -> str:
    labels = [labels[number % len(labels)] for number in range(rows)]
    texts = [f"{WORDS[label]} {'abc'[number % 3] * (number % 7)}" for number, label in enumerate(labels)]
    columns, index = pa.table({"text": texts, "label": labels}), pa.array(range(rows), pa.int64())
    folder, data_set = uuid.uuid4().hex, uuid.uuid4().hex
    with folders.new_folder(store.settings.datasets, folder) as staged:
        write_table(staged / TABLE, columns, index)
    with store.session() as session:
        session.add(DataSetRow(id=data_set, project_id=project_id, owner=store.owner, name="toys.csv", binned=None))
        session.flush()
        session.add(
            DataVersionRow(
                id=uuid.uuid4().hex,
                data_set_id=data_set,
                owner=store.owner,
                number=1,
                folder=folder,
                source="toys.csv",
                sha256=content_hash(columns, index),
                rows=rows,
                columns=["text", "label"],
                bytes=folders.size(store.settings.datasets / folder),
            )
        )
        session.flush()
        return session.query(DataVersionRow.id).where(DataVersionRow.data_set_id == data_set).scalar()


def recipe(**training: object) -> Recipe:
    return Recipe(
        task=toy.TASK.name,
        data=Data(source="toys.csv", columns={"text": "text", "label": "label"}),
        training=Training(**training),
    )


def start(store: Store, place: tuple[str, str], *, key: str = "", **training: object) -> RunView:
    return runs.start(store, place[0], recipe(**training), place[1], key=key or uuid.uuid4().hex)


def wait(store: Store, run_id: str, *states: State) -> RunView:
    """Follow a run, as a page does, until it is in one of ``states``."""
    return wait_until(store, run_id, lambda run: run.state in states)


def wait_until(store: Store, run_id: str, true) -> RunView:
    deadline = time.monotonic() + PATIENCE
    while True:
        run = runs.get(store, run_id)
        if true(run):
            return run
        if run.state.ended or time.monotonic() > deadline:
            raise AssertionError(f"{run.state} {run.reason} {told(store, run_id)}\n{runs.log(store, run_id)}")
        starting.ensure_supervisor(store)
        time.sleep(0.05)


def told(store: Store, run_id: str) -> list[str]:
    """The run's events, the first first."""
    return [event.text for event in reversed(runs.events(store, run_id))]


def processes(store: Store, module: str = "workbench.jobs") -> list[psutil.Process]:
    """The living processes of this store, and of no other."""
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get("WORKBENCH_HOME") == str(store.settings.home)
            if mine and process.status() != psutil.STATUS_ZOMBIE and any(module in part for part in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_processes(store: Store) -> None:
    """The supervisor first, so that it starts no more workers."""
    for module in (supervisor.__name__, "workbench.jobs"):
        ended = processes(store, module)
        for process in ended:
            process.kill()
        psutil.wait_procs(ended, timeout=10)


def worker(store: Store, run_id: str) -> psutil.Process:
    """The process that works at a run."""
    with store.reading() as session:
        return psutil.Process(session.get_one(JobRow, run_id).pid)


def trained_beyond(step: int):
    """For ``wait_until``: the run is in the middle of its steps, and beyond this one."""
    return lambda run: run.state is State.RUNNING and run.progress.phase == "training" and run.progress.step > step


def weights(store: Store, run_id: str) -> bytes:
    """The finished model's weights, as they lie on the disk."""
    model = models.model(store, runs.get(store, run_id).model_id)
    return (store.settings.models / model.folder / "model.safetensors").read_bytes()


def wait_for_rest(store: Store, ready=lambda: True) -> None:
    """Until it is ready, no worker is left, and the supervisor has freed every device."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with store.reading() as session:
            busy = session.query(SlotRow).where(SlotRow.job_id.is_not(None)).count()
        if ready() and not busy and not processes(store, "workbench.jobs.worker"):
            return
        time.sleep(0.05)
    raise AssertionError("a worker is left, or a device is held")
