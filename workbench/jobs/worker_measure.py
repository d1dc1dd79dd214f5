"""Measuring a recipe before anybody starts it: a few real steps on its longest, middle and shortest batches; or, where
there are no steps, the whole work once."""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil

from workbench import recipe as recipes
from workbench.artefacts import folders
from workbench.jobs import measurements, queue, worker_load
from workbench.jobs.queue import Lease
from workbench.jobs.worker_load import Loaded
from workbench.recipe import Training
from workbench.store.session import Store
from workbench.store.views import JobView, State
from workbench.training import estimate
from workbench.training.estimate import Estimate
from workbench.training.problem import Control, Point, Problem

SOME = 1000  # rows on which the baseline is tried


def measure(store: Store, lease: Lease, job: JobView) -> bool:
    """Measure the recipe in the job's details and keep the result under its key."""
    began = time.monotonic()
    recipe = recipes.from_dict(job.details["recipe"], "recipe")
    method = measurements.measured_method(recipe.training)
    training = Training(**{**recipe.training.model_dump(), "method": method, "epochs": "auto"})
    loaded = worker_load.load(store, recipe.model_copy(update={"training": training}), job.details["data_version_id"])
    split = loaded.split
    facts = worker_load.facts(store, loaded, lease.slot)
    plan = worker_load.plan_from(facts, lease.slot)
    context = worker_load.context(store, loaded, plan)
    with tempfile.TemporaryDirectory(dir=store.settings.cache) as folder:
        room = Path(folder)
        if "epochs" in facts:
            problem: Problem = loaded.resolved.task.learner(split, context)
            loading = time.monotonic() - began
            halvings = int(job.details.get("halvings", 0))
            measured = estimate.measure(problem, plan, held_out=len(split.validation), room=room, halvings=halvings)
        else:
            problem = loaded.resolved.task.learner(split, replace(context, cache=room))  # what is kept takes no time
            loading = time.monotonic() - began
            measured = _at_once(problem, len(split.train))
        writing, model = _write(problem, room)
    measured = replace(measured, start=measured.start + loading, end=measured.end + writing, model=model)
    measurements.write(store.settings, job.details["key"], _with_scoring(loaded, measured))
    with store.session() as session:
        queue.finish(session, lease, State.SUCCEEDED, text="Measured.")
    return True


def _at_once(problem: Problem, rows: int) -> Estimate:
    """What the work before the first step takes, where nothing of note comes after it."""
    start = time.monotonic()
    problem.prepare(_Nobody(), fresh=True)
    seconds, memory = time.monotonic() - start, estimate.peak()
    return Estimate("full", seconds, 0.0, 0.0, seconds, memory, memory, 0, 0, 1, rows)


def _write(problem: Problem, room: Path) -> tuple[float, int]:
    """Seconds and bytes of keeping the finished model."""
    start = time.perf_counter()
    with folders.new_folder(room, "model") as folder:
        problem.fitted().save(folder)
    return time.perf_counter() - start, folders.size(room / "model")


def _with_scoring(loaded: Loaded, measured: Estimate) -> Estimate:
    """The estimate with what comes after the training: the baseline and the scores.

    The baseline is fitted on some of the rows, and its time taken to grow with them.
    """
    task, split = loaded.resolved.task, loaded.split
    some = replace(split, train=_some(split.train), test=_some(split.test))
    before, start = psutil.Process().memory_info().rss, time.monotonic()
    answers = task.baseline(some).predict(some.test)
    fitting = (time.monotonic() - start) * len(split.train) / max(len(some.train), 1)
    start = time.monotonic()
    task.score(some.test, answers, answers)
    scoring = time.monotonic() - start
    more = max(0, psutil.Process().memory_info().rss - before)
    return replace(
        measured,
        end=measured.end + fitting + 2 * scoring,
        full_peak=max(measured.full_peak, estimate.peak()),
        head_peak=measured.head_peak + more,
    )


def _some(rows: pd.DataFrame) -> pd.DataFrame:
    """At most ``SOME`` of the rows, evenly from first to last, so that no label at the end is left out."""
    return rows if len(rows) <= SOME else rows.iloc[np.linspace(0, len(rows) - 1, SOME).astype(int)]


class _Nobody:
    """A reporter whom nobody listens to, and who wants nothing."""

    def point(self, point: Point) -> None: ...

    def progress(self, **changes: Any) -> None: ...

    def event(self, kind: str, text: str) -> None: ...

    def control(self) -> Control | None:
        return None
