"""What a recipe means: its task, its steps with typed settings, the roles of its columns."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import pandas as pd
from pydantic import BaseModel, ValidationError

from workbench import tasks
from workbench.augment import catalogue as augment_catalogue
from workbench.augment.catalogue import Augmentation
from workbench.augment.step import AugmentStep
from workbench.errors import RecipeError
from workbench.models import scratch
from workbench.prepare import catalogue as prepare_catalogue
from workbench.prepare.prepared import Prepared, prepare_table
from workbench.prepare.roles import Roles
from workbench.prepare.step import PrepareStep
from workbench.recipe import Recipe, Step, explain
from workbench.tasks.protocol import Task

FEATURES = "features"  # the kind of a role that any number of columns play
AnyStep = TypeVar("AnyStep", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A recipe whose every name was found and whose every value has its type."""

    recipe: Recipe
    task: Task
    roles: Roles
    prepare: tuple[PrepareStep, ...]
    augment: tuple[AugmentStep, ...]

    @property
    def augmenter(self) -> Augmentation | None:
        """What the augmentation steps do to training rows; None without any."""
        return augment_catalogue.augmentation(self.augment, self.recipe.seed)


def resolve(recipe: Recipe, where: str = "recipe") -> Resolved:
    """Look up every name of ``recipe``.

    Raises RecipeError naming the wrong task, step, key, value or role, its place, and the nearest right one.
    """
    task = check_names(recipe, where)
    return Resolved(
        recipe=recipe,
        task=task,
        roles=_roles(recipe, task, where),
        prepare=prepare_steps(recipe.prepare, where),
        augment=augment_steps(recipe.augment, where, task),
    )


def check_names(recipe: Recipe, where: str = "recipe") -> Task:
    """The recipe's task, when task, steps, settings and roles all exist; columns may still be left open.

    Raises RecipeError, as ``resolve`` does.
    """
    task = tasks.by_name(recipe.task)
    prepare_steps(recipe.prepare, where)
    augment_steps(recipe.augment, where, task)
    _check_model_settings(recipe, where)
    known = [role.name for role in task.roles]
    if recipe.data and recipe.data.features and all(role.kind != FEATURES for role in task.roles):
        raise _unknown("role", FEATURES, known, f"{where}, data.columns")
    for name in recipe.data.columns if recipe.data else ():
        if name not in known:
            raise _unknown("role", name, known, f"{where}, data.columns")
    return task


def prepare_steps(steps: Sequence[Step], where: str = "recipe") -> tuple[PrepareStep, ...]:
    """Preparation steps with typed settings. Raises RecipeError."""
    return _typed(steps, prepare_catalogue.STEPS, f"{where}, prepare")


def augment_steps(steps: Sequence[Step], where: str = "recipe", task: Task | None = None) -> tuple[AugmentStep, ...]:
    """Augmentation steps with typed settings. Raises RecipeError, also for a step that changes what ``task`` does not
    read."""
    typed = _typed(steps, augment_catalogue.STEPS, f"{where}, augment")
    for position, step in enumerate(typed, 1):
        if task is not None and type(step) not in fitting_augment_steps(task):
            raise RecipeError(
                f"the step '{step.step}' has nothing to change in the rows of {task.title}",
                where=f"{where}, augment, step {position}",
                remedy="Take this step out, or choose a task that it fits.",
            )
    return typed


def fitting_augment_steps(task: Task) -> tuple[type[AugmentStep], ...]:
    """The augmentation steps that change something that ``task`` reads, and need no labels where there are none."""
    fitting = augment_catalogue.offered([role.kind for role in task.roles if not role.target])
    labels = any(role.target and role.kind == "category" for role in task.roles)
    return tuple(step for step in fitting if labels or not step.needs_labels)


def prepare(resolved: Resolved, table: pd.DataFrame) -> Prepared:
    """The rows that the recipe trains on, made from an imported table. Raises DataError (``prepare_table``)."""
    recipe = resolved.recipe
    return prepare_table(table, resolved.roles, resolved.prepare, recipe.split, recipe.split_seed)


def _check_model_settings(recipe: Recipe, where: str) -> None:
    """Raise RecipeError for settings that the recipe's model does not have."""
    if recipe.model is None or not recipe.model.settings:
        return
    place = f"{where}, model.settings"
    known = scratch.by_id(recipe.model.id)
    if known is None or known.settings is None:
        what = f"the model '{recipe.model.id}' has no settings of its own"
        raise RecipeError(what, where=place, remedy="Take them out; how it is trained stands under 'training'.")
    try:
        known.settings.model_validate(recipe.model.settings)
    except ValidationError as error:
        raise explain(error, known.settings, place) from None


def _typed(steps: Sequence[Step], catalogue: Sequence[type[AnyStep]], where: str) -> tuple[AnyStep, ...]:
    known = {str(kind.model_fields["step"].default): kind for kind in catalogue}
    typed = []
    for position, step in enumerate(steps, 1):
        place = f"{where}, step {position}"
        kind = known.get(step.step)
        if kind is None:
            raise _unknown("step", step.step, list(known), place)
        try:
            typed.append(kind.model_validate(step.model_dump()))
        except ValidationError as error:
            raise explain(error, kind, f"{place} ({step.step})") from None
    return tuple(typed)


def _roles(recipe: Recipe, task: Task, where: str) -> Roles:
    place = f"{where}, data.columns"
    if recipe.data is None:
        raise RecipeError(
            "the recipe has no data",
            where=f"{where}, data",
            remedy="Add 'data: {source: …, columns: {…}}', or choose a data set on the Data page.",
        )
    single = [role for role in task.roles if role.kind != FEATURES]
    missing = [role for role in single if role.name not in recipe.data.columns and not role.optional]
    if missing:
        roles = " and ".join(f"'{role.name}' ({role.title})" for role in missing)
        raise RecipeError(
            f"no column is given for the role {roles}",
            where=place,
            remedy=f"Say which column it is, as in '{missing[0].name}: name of the column'.",
        )
    used: dict[str, str] = {}
    for role_name, column in recipe.data.columns.items():
        if column in used:
            raise RecipeError(
                f"the column '{column}' is given for '{used[column]}' and for '{role_name}'",
                where=place,
                remedy="A model that reads the answer learns nothing. Choose another column for one of them.",
            )
        used[column] = role_name
    given = [role for role in single if role.name in recipe.data.columns]
    return Roles(
        columns={role.name: recipe.data.columns[role.name] for role in given},
        inputs=tuple(role.name for role in given if not role.target and role.kind == "text"),
        target=next((role.name for role in given if role.target), None),
        images=tuple(role.name for role in given if role.kind == "image"),
        features=(recipe.data.features or ()) if len(single) < len(task.roles) else None,
        amounts=any(role.target and role.kind != "category" for role in given),
        truth=tuple(role.name for role in given if role.truth),
        blank=any(role.target and role.blank for role in given),
    )


def _unknown(what: str, name: str, known: Sequence[str], where: str) -> RecipeError:
    near = difflib.get_close_matches(name, known, 1, cutoff=0.5)
    remedy = f"Did you mean '{near[0]}'?" if near else f"Choose one of: {', '.join(known)}."
    return RecipeError(f"there is no {what} '{name}'", where=where, remedy=remedy)
