"""Estimates: what a run would take on this machine, measured beforehand, and what its rules would choose."""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select

from workbench import recipe as recipes
from workbench.errors import JobError
from workbench.jobs import measurements, queue
from workbench.recipe import Recipe, Training
from workbench.services import projects, starting
from workbench.services.recipes import located
from workbench.services.workbench import preferences, slots
from workbench.store.records import DataVersionRow, JobRow
from workbench.store.session import Store
from workbench.store.views import DraftView, JobView
from workbench.tasks import resolve as resolving
from workbench.training import machine
from workbench.training.estimate import Estimate
from workbench.training.rules import Fact


def known(store: Store, project_id: str, training: Training | None = None) -> Estimate | None:
    """What a run of the draft, or of the draft with ``training``, will take on this machine.

    None until it was measured (``request``).
    """
    draft = _drafted(store, project_id, training)
    name = _measurement(store, draft)
    return measurements.read(store.settings, name, draft.recipe) if name else None


def request(store: Store, project_id: str, training: Training | None = None) -> str:
    """Queue a measurement of what ``known`` tells, and return the job's id; one on its way is not repeated.

    Raises the same errors as ``runs.start``.
    """
    draft = _drafted(store, project_id, training)
    recipe, name = starting.checked(store, draft.recipe), _measurement(store, draft)
    if name is None:
        raise JobError("the project has no data yet", remedy="Choose a data set on the Data page.")
    latest = measuring(store, project_id)
    if latest is not None and latest.state.active and latest.details["key"] == name:
        return latest.id
    details = {"key": name, "recipe": recipes.to_dict(recipe), "data_version_id": draft.data_version_id}
    device = starting.device(store)
    with store.session() as session:
        key = uuid.uuid4().hex
        job, _ = queue.submit(
            session, store, project_id=project_id, kind="measure", key=key, details=details, device=device
        )
    starting.ensure_supervisor(store)
    return job.id


def plan(store: Store, recipe: Recipe, version_id: str) -> Mapping[str, Fact]:
    """What every "auto" of the recipe becomes on the device that a run would get, and why.

    Raises RecipeError and DataError when the recipe or its data cannot be used.
    """
    split = located(store, recipe, version_id)
    wanted = preferences(store).device
    best = next((slot.name for slot in slots(store) if slot.name != "cpu"), "cpu")
    device = best if wanted == "auto" else wanted
    model = recipe.model.id if recipe.model else None
    known = machine.known(store.settings.cache)
    return resolving.resolve(recipe).task.plan(recipe.training, split, device, known, model)


def measuring(store: Store, project_id: str) -> JobView | None:
    """The project's latest measurement: waiting, running, or why it failed."""
    query = select(JobRow).where(JobRow.project_id == project_id, JobRow.kind == "measure")
    query = query.where(JobRow.owner == store.owner).order_by(JobRow.created.desc()).limit(1)
    with store.reading() as session:
        row = session.scalar(query)
        found = queue.view(row) if row else None
    starting.see_to(store, [found.state] if found else [])
    return found


def _drafted(store: Store, project_id: str, training: Training | None) -> DraftView:
    draft = projects.draft(store, project_id)
    return replace(draft, recipe=draft.recipe.model_copy(update={"training": training})) if training else draft


def _measurement(store: Store, draft: DraftView) -> str | None:
    """The key under which this draft's measurement is kept."""
    with store.reading() as session:
        row = session.get(DataVersionRow, draft.data_version_id) if draft.data_version_id else None
        return measurements.key(draft.recipe, row.sha256, preferences(store).device) if row else None
