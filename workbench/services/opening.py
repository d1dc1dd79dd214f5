"""Putting data to use: an imported table becomes a project's data, with the recipe that fits it."""

from workbench import tasks
from workbench.data.sources.samples import Sample
from workbench.recipe import Recipe
from workbench.services import datasets, projects, recipes
from workbench.store.session import Store
from workbench.store.views import DataVersionView, DraftView, ProjectView


def samples() -> list[Sample]:
    """The samples from which something can be learned: those whose columns a task knows."""
    known = [{role.name for role in task.roles} for task in tasks.TASKS]
    return [one for one in datasets.samples() if one.columns and any(set(one.columns) <= roles for roles in known)]


def open_sample(store: Store, sample_id: str) -> ProjectView:
    """A new project with a sample's data and good settings: ready to train. Fetches the sample's pack if missing."""
    sample = next(sample for sample in datasets.samples() if sample.id == sample_id)
    project = projects.create(store, sample.title, numbered=True)
    use_data(store, projects.draft(store, project.id), datasets.import_sample(store, project.id, sample_id))
    return project


def use_data(store: Store, draft: DraftView, version: DataVersionView) -> DraftView:
    """Make ``version`` the project's data.

    The first data bring a whole suggested recipe; later ones keep the settings that were chosen meanwhile, and task and
    columns too where these still exist. Raises Conflict when another tab changed the draft.
    """
    suggested = recipes.suggest(store, version.id)
    if draft.data_version_id is None:
        chosen = draft.recipe.model if draft.recipe.task == suggested.task else None
        recipe = suggested.model_copy(update={"model": chosen or suggested.model})
    else:
        kept = draft.recipe.data
        fits = kept is not None and bool(kept.columns) and set(kept.columns.values()) <= set(version.columns)
        assert suggested.data is not None
        if fits and kept:
            features = [name for name in kept.features or () if name in version.columns]
            data = kept.model_copy(update={"source": version.source, "features": tuple(features) or None})
            recipe = draft.recipe.model_copy(update={"data": data})
        else:
            recipe = recipes.for_task(draft.recipe, suggested.task, suggested.data)
    return projects.save_draft(store, draft, recipe=recipe, data_version_id=version.id, reviewed="data")


def use_recipe(store: Store, project_id: str, recipe: Recipe, version_id: str) -> None:
    """Let the pages of a project that has no data yet begin where a recipe from elsewhere begins."""
    draft = projects.draft(store, project_id)
    if draft.data_version_id is None:
        projects.save_draft(store, draft, recipe=recipe, data_version_id=version_id, reviewed="data")
