"""Rows of this person only: the one place where it is asked whose a project is, and what is in it."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from workbench.errors import NotFound
from workbench.store.records import DataSetRow, DataVersionRow, ProjectRow, RunRow
from workbench.store.session import Store


def project(session: Session, store: Store, project_id: str) -> ProjectRow:
    """The row, if it is this person's. Raises NotFound otherwise."""
    row = session.get(ProjectRow, project_id)
    if row is None or row.owner != store.owner:
        raise NotFound("this project was deleted", remedy="Choose another project on the Home page.")
    return row


def run(session: Session, store: Store, run_id: str) -> RunRow:
    """The row, if it is this person's. Raises NotFound otherwise."""
    row = session.get(RunRow, run_id)
    if row is None or row.owner != store.owner:
        raise NotFound("there is no such run, or it was deleted", remedy="Choose another one on the Runs page.")
    return row


def unused_name(session: Session, store: Store, name: str) -> str:
    """``name``, or "name (2)" and so on when it is taken."""
    number, free = 1, name
    while session.scalar(named(store, free)) is not None:
        number += 1
        free = f"{name} ({number})"
    return free


def named(store: Store, name: str) -> Select[ProjectRow]:
    """The query for the project of this name that is not in the bin."""
    return select(ProjectRow).where(
        ProjectRow.owner == store.owner, ProjectRow.name == name, ProjectRow.binned.is_(None)
    )


def require_version(session: Session, store: Store, project_id: str, version_id: str) -> None:
    row = session.get(DataVersionRow, version_id)
    if row is None or row.owner != store.owner or session.get_one(DataSetRow, row.data_set_id).project_id != project_id:
        raise NotFound("this data set was deleted", remedy="Choose another one on the Data page.")
