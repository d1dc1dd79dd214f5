"""Runs in folds: one that is judged by others, each of which tests another part of the rows."""

from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench.jobs import queue
from workbench.recipe import Recipe, Split
from workbench.services import owned, run_views
from workbench.store.records import JobRow, RunRow
from workbench.store.session import Store
from workbench.store.views import RunView

_WHOLE = Split(train=0.85, validation=0.1, test=0.05)  # the folds have told how good it is: few rows have to tell again


def of(store: Store, run_id: str) -> list[RunView]:
    """The runs of its folds, the first fold first; none when the run is not in folds."""
    query = run_views.query().where(JobRow.parent_id == run_id, RunRow.owner == store.owner)
    with store.reading() as session:
        owned.run(session, store, run_id)
        return sorted(run_views.found(session, query), key=lambda fold: fold.recipe.split.fold or 0)


def whole(recipe: Recipe) -> Recipe:
    """The recipe for one model that learns from nearly all rows, after its folds have told how good it will be."""
    split = recipe.split
    kept = {"method": split.method, "column": split.column, "stratify": split.stratify, "seed": split.seed}
    return recipe.model_copy(update={"split": _WHOLE.model_copy(update=kept)})


def add(session: Session, store: Store, parent: JobRow, recipe: Recipe, run: RunRow) -> None:
    """Queue a run for every fold of ``recipe``, in order, behind whatever waits already."""
    for fold in range(recipe.split.folds or 0):
        split = recipe.split.model_copy(update={"fold": fold})
        job, _ = queue.submit(
            session,
            store,
            project_id=parent.project_id,
            kind="train",
            key=f"{parent.id}-{fold}",
            device=parent.device,
            parent_id=parent.id,
        )
        session.add(
            RunRow(
                id=job.id,
                project_id=run.project_id,
                owner=run.owner,
                number=run.number + 1 + fold,
                name=f"{run.name}, fold {fold + 1}"[:200],
                recipe=recipes.to_dict(recipe.model_copy(update={"split": split})),
                data_version_id=run.data_version_id,
                plan={},
                progress={},
                summary={},
                binned=None,
            )
        )
