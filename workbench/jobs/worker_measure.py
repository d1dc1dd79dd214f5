"""Measuring a recipe before anybody starts it: a few real steps on its longest, middle and shortest batches; or, where
there are no steps, the whole work once."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from workbench import recipe as recipes
from workbench.jobs import measurements, queue, worker_load
from workbench.jobs.queue import Lease
from workbench.recipe import Training
from workbench.store.session import Store
from workbench.store.views import JobView, State
from workbench.training import estimate
from workbench.training.estimate import Estimate
from workbench.training.problem import Control, Point, Problem


def measure(store: Store, lease: Lease, job: JobView) -> bool:
    """Measure the recipe in the job's details and keep the result under its key."""
    recipe = recipes.from_dict(job.details["recipe"], "recipe")
    # Method full contains what method head does; the result is scaled to other numbers of epochs.
    full = Training(**{**recipe.training.model_dump(), "method": "full", "epochs": "auto"})
    loaded = worker_load.load(store, recipe.model_copy(update={"training": full}), job.details["data_version_id"])
    split = loaded.split
    facts = worker_load.facts(store, loaded, lease.slot)
    plan = worker_load.plan_from(facts, lease.slot)
    context = worker_load.context(store, loaded, plan)
    if "epochs" in facts:
        problem: Problem = loaded.resolved.task.learner(split, context)
        measured = estimate.measure(problem, plan, held_out=len(split.validation))
    else:
        with tempfile.TemporaryDirectory(dir=store.settings.cache) as empty:  # what is kept would take no time
            problem = loaded.resolved.task.learner(split, replace(context, cache=Path(empty)))
            measured = _at_once(problem, len(split.train))
    measurements.write(store.settings, job.details["key"], measured)
    with store.session() as session:
        queue.finish(session, lease, State.SUCCEEDED, text="Measured.")
    return True


def _at_once(problem: Problem, rows: int) -> Estimate:
    """What the work before the first step takes, where nothing of note comes after it."""
    start = time.monotonic()
    problem.prepare(_Nobody(), fresh=True)
    seconds, memory = time.monotonic() - start, psutil.Process().memory_info().rss
    return Estimate("full", seconds, seconds, seconds, memory, memory, 0, 0, 1, rows)


class _Nobody:
    """A reporter whom nobody listens to, and who wants nothing."""

    def point(self, point: Point) -> None: ...

    def progress(self, **changes: Any) -> None: ...

    def event(self, kind: str, text: str) -> None: ...

    def control(self) -> Control | None:
        return None
