"""Projects: what belongs together, and the one draft recipe that its pages write."""

import uuid
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from workbench import recipe as recipes
from workbench import tasks
from workbench.errors import Conflict, JobError, StoreError
from workbench.jobs import steering
from workbench.recipe import Model, Recipe
from workbench.services import owned
from workbench.services.project_export import export_project as export_project
from workbench.services.project_import import import_project as import_project
from workbench.services.project_import import importable as importable
from workbench.store.records import DraftRow, JobRow, ProjectRow, now
from workbench.store.session import Store
from workbench.store.views import DraftView, ProjectView, State


def create(store: Store, name: str, *, numbered: bool = False) -> ProjectView:
    """A new project with an empty draft. Raises StoreError for an empty name, Conflict for one that is taken.

    With ``numbered``, a name that is taken gets a number instead.
    """
    task = tasks.by_name(Recipe().task)
    recipe = Recipe(model=Model(id=task.default_model) if task.default_model else None)
    with store.session() as session:
        name = owned.unused_name(session, store, name) if numbered else name
        row = ProjectRow(id=uuid.uuid4().hex, owner=store.owner, name=_free_name(session, store, name), binned=None)
        session.add(row)
        session.flush()  # the draft refers to it
        session.add(
            DraftRow(
                project_id=row.id,
                owner=store.owner,
                recipe=recipes.to_dict(recipe),
                data_version_id=None,
                reviewed=[],
            )
        )
        session.flush()
        return _view(row)


def list_projects(store: Store, *, binned: bool = False) -> list[ProjectView]:
    """This person's projects, the newest first; those in the bin instead with ``binned``."""
    query = select(ProjectRow).where(ProjectRow.owner == store.owner).order_by(ProjectRow.created.desc())
    query = query.where(ProjectRow.binned.is_not(None) if binned else ProjectRow.binned.is_(None))
    with store.reading() as session:
        return [_view(row) for row in session.scalars(query)]


def get(store: Store, project_id: str) -> ProjectView:
    """One project, in the bin or not. Raises NotFound when it was deleted or is somebody else's."""
    with store.reading() as session:
        return _view(owned.project(session, store, project_id))


def by_name(store: Store, name: str) -> ProjectView | None:
    """The project of this name that is not in the bin."""
    with store.reading() as session:
        row = session.scalar(owned.named(store, name.strip()))
        return _view(row) if row else None


def rename(store: Store, project_id: str, name: str) -> ProjectView:
    """Give a project another name; the same complaints as ``create``."""
    with store.session() as session:
        row = owned.project(session, store, project_id)
        if row.name != name.strip():
            row.name = _free_name(session, store, name)
        return _view(row)


def move_to_bin(store: Store, project_id: str) -> None:
    """Put a project into the bin, from where it can be restored; its measurements are cancelled.

    Raises JobError while it trains.
    """
    active = [state.value for state in State if state.active]
    at_work = select(JobRow).where(JobRow.project_id == project_id, JobRow.state.in_(active))
    with store.session() as session:
        row = owned.project(session, store, project_id)
        jobs = session.scalars(at_work.with_for_update()).all()
        if any(job.kind != "measure" for job in jobs):
            raise JobError(
                f"the project '{row.name}' has a run that is still waiting or training",
                remedy="Pause or cancel it on the Runs page first.",
            )
        for job in jobs:
            steering.cancel(session, job)
        row.binned = row.binned or now()


def restore(store: Store, project_id: str) -> ProjectView:
    """Take a project out of the bin; it gets a number when its name was taken meanwhile."""
    with store.session() as session:
        row = owned.project(session, store, project_id)
        if row.binned is not None:
            row.name = owned.unused_name(session, store, row.name)
            row.binned = None
        return _view(row)


def draft(store: Store, project_id: str) -> DraftView:
    """The project's draft recipe. Raises NotFound when the project was deleted."""
    with store.reading() as session:
        owned.project(session, store, project_id)
        return _draft_view(session.get_one(DraftRow, project_id))


def save_draft(
    store: Store,
    draft: DraftView,
    *,
    recipe: Recipe | None = None,
    data_version_id: str | None = None,
    reviewed: str | None = None,
) -> DraftView:
    """Write what changed, if nobody else wrote since ``draft`` was read.

    ``reviewed`` adds one page. Raises Conflict, naming each key with the other's value and yours, when another
    tab was quicker; NotFound when the project or the data version is gone.
    """
    mine = recipe or draft.recipe
    pages = tuple(dict.fromkeys((*draft.reviewed, reviewed))) if reviewed else draft.reviewed
    with store.session() as session:
        owned.project(session, store, draft.project_id)
        if data_version_id is not None:
            owned.require_version(session, store, draft.project_id, data_version_id)
        changed = session.execute(
            update(DraftRow)
            .where(DraftRow.project_id == draft.project_id, DraftRow.version == draft.version)
            .values(
                version=draft.version + 1,
                recipe=recipes.to_dict(mine),
                data_version_id=data_version_id or draft.data_version_id,
                reviewed=list(pages),
            )
        )
        row = session.get_one(DraftRow, draft.project_id)
        if changed.rowcount == 0:  # type: ignore[attr-defined]  # an UPDATE's result has it
            raise Conflict(
                "this project was changed in another tab: " + _difference(recipes.to_dict(mine), row.recipe),
                remedy="Reload the page to see that change, then make yours again.",
            )
        return _draft_view(row)


def _free_name(session: Session, store: Store, name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise StoreError("a project needs a name", remedy="Type one, such as 'Customer reviews'.")
    if len(name) > 200:
        raise StoreError(f"the name has {len(name)} characters, at most 200 fit", remedy="Choose a shorter one.")
    if session.scalar(owned.named(store, name)) is not None:
        raise Conflict(f"a project '{name}' exists already", remedy="Choose another name, or open that project.")
    return name


def _difference(mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Every key that differs, as "training.epochs: theirs 5, yours 3"."""
    left, right = recipes.flat(theirs), recipes.flat(mine)
    keys = [key for key in dict.fromkeys([*left, *right]) if left.get(key) != right.get(key)]
    if not keys:
        return "its recipe is the same as yours, but its data or its progress is not"
    return "; ".join(f"{key}: theirs {left.get(key, 'nothing')}, yours {right.get(key, 'nothing')}" for key in keys[:8])


def _view(row: ProjectRow) -> ProjectView:
    return ProjectView(id=row.id, name=row.name, created=row.created, binned=row.binned)


def _draft_view(row: DraftRow) -> DraftView:
    return DraftView(
        project_id=row.project_id,
        version=row.version,
        recipe=recipes.from_dict(row.recipe, "the project's draft"),
        data_version_id=row.data_version_id,
        reviewed=tuple(row.reviewed),
    )
