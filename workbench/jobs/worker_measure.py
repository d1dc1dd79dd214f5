"""Measuring a recipe: a few real steps on its longest, middle and shortest batches, before anybody starts it."""

from workbench import recipe as recipes
from workbench.jobs import measurements, queue, worker_load
from workbench.jobs.queue import Lease
from workbench.recipe import Training
from workbench.store.session import Store
from workbench.store.views import JobView, State
from workbench.training import estimate
from workbench.training.problem import Problem


def measure(store: Store, lease: Lease, job: JobView) -> bool:
    """Measure the recipe in the job's details and keep the result under its key."""
    recipe = recipes.from_dict(job.details["recipe"], "recipe")
    # Method full contains what method head does; the result is scaled to other numbers of epochs.
    full = Training(**{**recipe.training.model_dump(), "method": "full", "epochs": "auto"})
    loaded = worker_load.load(store, recipe.model_copy(update={"training": full}), job.details["data_version_id"])
    split = loaded.split
    plan = worker_load.plan_from(worker_load.facts(store, loaded, lease.slot), lease.slot)
    problem: Problem = loaded.resolved.task.learner(split, worker_load.context(store, loaded, plan))
    measured = estimate.measure(problem, plan, held_out=len(split.validation))
    measurements.write(store.settings, job.details["key"], measured)
    with store.session() as session:
        queue.finish(session, lease, State.SUCCEEDED, text="Measured.")
    return True
