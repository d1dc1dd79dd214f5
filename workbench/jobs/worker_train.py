"""The diary of a training run: load, check, train, score, save."""

import shutil

import pandas as pd

from workbench import recipe as recipes
from workbench.jobs import queue, worker_load, worker_save
from workbench.jobs.queue import Lease
from workbench.jobs.reporter import StoreReporter
from workbench.jobs.worker_load import Loaded
from workbench.jobs.worker_room import GivenUp, Room
from workbench.jobs.worker_save import Result
from workbench.jobs.worker_scores import Judged
from workbench.store.records import RunRow
from workbench.store.session import Store
from workbench.tasks.protocol import Fitted
from workbench.training import loop
from workbench.training.checkpoints import Checkpoints
from workbench.training.rules import Plan

SCORED = ("validation", "test")


def train(store: Store, lease: Lease, reporter: StoreReporter) -> bool:
    """Train a run to its end. False when it was asked to pause, cancel or end before that."""
    try:
        return _train(store, lease, reporter, Room(store.settings.home, reporter))
    except GivenUp:
        return False


def _train(store: Store, lease: Lease, reporter: StoreReporter, room: Room) -> bool:
    reporter.progress(phase="loading")
    loaded = _load(store, lease, reporter)
    worker_load.check(loaded, reporter)
    if made := len(loaded.split.train) - len(loaded.prepared.split.train):
        reporter.event("info", f"Augmentation added {made:,} rows to the training part.")
    plan = _plan(store, lease, loaded)
    if reporter.control() in ("pause", "cancel"):
        return False

    checkpoints = Checkpoints(
        store.settings.checkpoints / lease.job_id,
        saved=reporter.saved,
        removed=reporter.removed,
        say=reporter.damaged,
        full=room.wait,
    )
    problem = loaded.resolved.task.learner(loaded.split, worker_load.context(store, loaded, plan))
    outcome = loop.train(
        problem,
        plan,
        seed=loaded.recipe.seed,
        checkpoints=checkpoints,
        reporter=reporter,
        halvings=_halvings(store, lease),
    )
    reporter.flush()
    if outcome.paused or outcome.cancelled:
        return False

    reporter.progress(phase="scoring", seconds_left=None)
    fitted: Fitted = problem.fitted()
    judged = _score(loaded, fitted, reporter)
    if judged is None:
        return False
    result = Result(loaded, fitted, outcome, plan, judged)
    weights = sum(tensor.nbytes for tensor in problem.module.state_dict().values())
    room.write(lambda: worker_save.save(store, lease, result, reporter), weights)
    shutil.rmtree(checkpoints.root, ignore_errors=True)  # the finished model is kept; nothing is left to resume
    return True


def _load(store: Store, lease: Lease, reporter: StoreReporter) -> Loaded:
    with store.reading() as session:
        run = session.get_one(RunRow, lease.job_id)
    return worker_load.load(store, recipes.from_dict(run.recipe, f"run {run.number}"), run.data_version_id, reporter)


def _plan(store: Store, lease: Lease, loaded: Loaded) -> Plan:
    """What every "auto" becomes: chosen at the first start, and kept by every later one."""
    with store.reading() as session:
        facts = session.get_one(RunRow, lease.job_id).plan
    if not facts:
        facts = worker_load.facts(store, loaded, lease.slot)
        with store.session() as session:
            queue.hold(session, lease)
            session.get_one(RunRow, lease.job_id).plan = facts
    return worker_load.plan_from(facts, lease.slot)


def _halvings(store: Store, lease: Lease) -> int:
    """How often memory ran out before, in this worker's predecessors or as their supervisor saw it."""
    with store.reading() as session:
        return int(session.get_one(RunRow, lease.job_id).progress.get("halvings") or 0)


def _score(loaded: Loaded, fitted: Fitted, reporter: StoreReporter) -> dict[str, Judged] | None:
    """The best weights and the baseline on the same rows; None when told to end in between."""
    task = loaded.resolved.task
    baseline = task.baseline(loaded.split)
    judged = {}
    for name in SCORED:
        rows: pd.DataFrame = getattr(loaded.split, name)
        shown: pd.DataFrame = getattr(loaded.prepared.split, name)
        if rows.empty:
            continue
        if reporter.control() == "cancel":
            return None
        predictions, simple = fitted.predict(rows), baseline.predict(rows)
        judged[name] = Judged(
            predictions=pd.concat([shown, predictions.table(rows.index)], axis=1),
            scores=task.score(rows, predictions, simple),
            baseline=task.score(rows, simple, predictions),
            simple=None if loaded.recipe.split.fold is None else simple.table(rows.index),
        )
    return judged
