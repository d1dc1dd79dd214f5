"""Recipes: what steps there are, what a recipe means, what suits a table, and what would spoil the result."""

from collections.abc import Mapping

from workbench import tasks
from workbench.augment import catalogue as augment_catalogue
from workbench.augment.step import AugmentStep
from workbench.prepare import catalogue as prepare_catalogue
from workbench.prepare import images
from workbench.prepare.step import PrepareStep
from workbench.recipe import Data, Model, Recipe, Step
from workbench.recipe import Split as Shares
from workbench.services import datasets
from workbench.store.session import Store
from workbench.tasks.protocol import Finding, Split, Suggestion, Task
from workbench.tasks.resolve import Resolved as Resolved
from workbench.tasks.resolve import check_names as check_names
from workbench.tasks.resolve import fitting_augment_steps
from workbench.tasks.resolve import resolve as resolve

_PREPARE = {  # by the kind of the first input: what nearly every such table needs
    "text": ("normalise-whitespace", "drop-empty", "drop-duplicates"),
    "image": ("drop-empty", "drop-duplicates"),
    "features": ("drop-empty",),
}


def prepare_steps(task: str | None = None) -> tuple[type[PrepareStep], ...]:
    """All preparation steps in the order in which a page offers them, or those that fit the inputs of ``task``."""
    if task is None:
        return prepare_catalogue.STEPS
    roles = tasks.by_name(task).roles
    return prepare_catalogue.fitting(
        _inputs(task), label=any(role.target and role.kind == "category" for role in roles)
    )


def augment_steps(task: str | None = None) -> tuple[type[AugmentStep], ...]:
    """The augmentation steps that fit a task, or all, in the order in which a page offers them. Raises RecipeError."""
    return augment_catalogue.STEPS if task is None else fitting_augment_steps(tasks.by_name(task))


def fits(store: Store, version_id: str) -> list[tuple[Task, Suggestion]]:
    """Every task with how well the table suits it, the best first."""
    profile = datasets.profile(store, version_id)
    return sorted(((task, task.suits(profile)) for task in tasks.TASKS), key=lambda fit: fit[1].fit, reverse=True)


def suggest(store: Store, version_id: str) -> Recipe:
    """A recipe that should give a good model from these data: the task that suits them best, with its defaults."""
    version = datasets.version(store, version_id)
    task, suggestion = fits(store, version_id)[0]
    recipe = _begin(task, Data(source=version.source, columns=dict(suggestion.columns)))
    if suggestion.together is None:
        return recipe
    return recipe.model_copy(update={"split": Shares(method="group", column=suggestion.together)})


def for_task(recipe: Recipe, task: str, data: Data) -> Recipe:
    """The recipe with other data, and for another task: then with that task's model and usual preparation; the split
    and the seed stay."""
    if task == recipe.task:
        return recipe.model_copy(update={"data": data})
    return _begin(tasks.by_name(task), data).model_copy(update={"split": recipe.split, "seed": recipe.seed})


def with_roles(store: Store, recipe: Recipe, version_id: str, columns: Mapping[str, str]) -> Recipe:
    """The recipe with these columns for these roles; where its task has no such role, for the task that suits the
    table best among those that have them all."""
    version = datasets.version(store, version_id)
    data = recipe.data or Data(source=version.source)
    able = [fit for fit in fits(store, version_id) if columns.keys() <= {role.name for role in fit[0].roles}]
    if recipe.task not in [task.name for task, _ in able] and able:
        task, suggestion = able[0]
        return for_task(recipe, task.name, Data(source=data.source, columns={**suggestion.columns, **columns}))
    return recipe.model_copy(update={"data": data.model_copy(update={"columns": {**data.columns, **columns}})})


def _begin(task: Task, data: Data) -> Recipe:
    return Recipe(
        task=task.name,
        data=data,
        prepare=tuple(Step(step=name) for name in _PREPARE.get(_inputs(task.name)[0], ())),
        model=Model(id=task.default_model) if task.default_model else None,
    )


def _inputs(task: str) -> list[str]:
    """The kinds of the roles that a task reads."""
    return [role.kind for role in tasks.by_name(task).roles if not role.target]


def complete(store: Store, recipe: Recipe, version_id: str) -> Recipe:
    """The recipe with a column for every role that it leaves open, where the table makes plain which one it is."""
    if recipe.data is None:
        return recipe
    suggested = tasks.by_name(recipe.task).suits(datasets.profile(store, version_id)).columns
    taken = set(recipe.data.columns.values())
    open_roles = {role: column for role, column in suggested.items() if column not in taken}
    columns = {**open_roles, **recipe.data.columns}
    return recipe.model_copy(update={"data": recipe.data.model_copy(update={"columns": columns})})


def check(store: Store, recipe: Recipe, version_id: str) -> list[Finding]:
    """What would spoil or limit the result; findings of level "error" block the start.

    Raises RecipeError and DataError when the recipe or its data cannot be used at all.
    """
    return resolve(recipe).task.check(located(store, recipe, version_id))


def located(store: Store, recipe: Recipe, version_id: str) -> Split:
    """The prepared rows as a task reads them, images as they were imported: the preparation changes these in the run.

    Raises RecipeError and DataError.
    """
    split, roles = datasets.prepared(store, recipe, version_id).split, resolve(recipe).roles
    folder = datasets.images(store, version_id)
    return images.ready(split, roles, (), folder, folder) if folder else split
