"""What every job needs to start: a recipe that can be run, a device that is there, and a supervisor who sees to it."""

import logging
from collections.abc import Iterable

from workbench.errors import JobError, RecipeError
from workbench.jobs import queue, supervisor
from workbench.models import scratch
from workbench.recipe import Model, Recipe
from workbench.services import models
from workbench.services.workbench import preferences, slots
from workbench.store.session import Store
from workbench.store.views import State
from workbench.tasks import resolve as resolving

logger = logging.getLogger(__name__)


def checked(store: Store, recipe: Recipe) -> Recipe:
    """The recipe as it will be run, with the task's usual model if it names none.

    Everything that can be known to be wrong is said now, not by the worker.
    """
    resolved = resolving.resolve(recipe)
    if recipe.model is None and resolved.task.default_model is not None:
        recipe = recipe.model_copy(update={"model": Model(id=resolved.task.default_model)})
    if recipe.model is not None:
        known = scratch.by_id(recipe.model.id)
        if known is not None and known.task not in (None, recipe.task):
            what = f"'{known.title}' does not learn what the task '{resolved.task.title}' asks for"
            raise RecipeError(
                what, where="model.id", remedy=f"Choose '{resolved.task.default_model}' or another model."
            )
        reads = next(
            (role.read_by for role in resolved.task.roles if role.read_by in ("text", "image", "pixels")), None
        )
        models.folder(store, recipe.model.id, reads)  # fetched and checked before anything is queued
    return recipe


def device(store: Store) -> str:
    """The device that this person prefers, if the machine still has it."""
    wanted = preferences(store).device
    present = [slot.name for slot in slots(store)]
    if wanted not in ("auto", *present):
        raise JobError(
            f"this computer has no device '{wanted}', which was chosen in Settings",
            remedy=f"Choose another one there: automatic, or {', '.join(present)}.",
        )
    return wanted


def ensure_supervisor(store: Store) -> None:
    """Start a supervisor if there is work and nobody sees to it. Raises JobError when none can be started."""
    if queue.waiting(store):
        supervisor.ensure(store.settings)


def see_to(store: Store, states: Iterable[State]) -> None:
    """Whoever looks at a job that is not at rest wakes the supervisor: after a reboot nobody else would."""
    if any(state.active for state in states):
        try:
            supervisor.ensure(store.settings)
        except JobError as error:  # a full disk must not keep anybody from looking
            logger.warning("%s", error)
