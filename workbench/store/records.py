"""The tables of the project store. Rows never leave this room and its two users; views do (``store.views``)."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def now() -> datetime:
    """The current time in UTC, as every row stores it (for people; leases use counters, never clocks)."""
    return datetime.now(UTC).replace(tzinfo=None)


class Record(DeclarativeBase):
    type_annotation_map: ClassVar = {dict[str, Any]: JSON, list[Any]: JSON, list[str]: JSON}


class ProjectRow(Record):
    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200), index=True)
    name: Mapped[str] = mapped_column(String(200))
    created: Mapped[datetime] = mapped_column(default=now)
    binned: Mapped[datetime | None]


class DraftRow(Record):
    """The one draft recipe of a project; ``version`` grows with every write (compare-and-set)."""

    __tablename__ = "drafts"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
    recipe: Mapped[dict[str, Any]]
    data_version_id: Mapped[str | None] = mapped_column(ForeignKey("data_versions.id"))
    reviewed: Mapped[list[str]]  # the numbered pages whose primary button was pressed


class DataSetRow(Record):
    __tablename__ = "data_sets"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(400))
    created: Mapped[datetime] = mapped_column(default=now)
    binned: Mapped[datetime | None]


class DataVersionRow(Record):
    """One immutable state of a data set; its table lies in ``datasets/<folder>/table.parquet``."""

    __tablename__ = "data_versions"
    __table_args__ = (UniqueConstraint("data_set_id", "number"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    data_set_id: Mapped[str] = mapped_column(ForeignKey("data_sets.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]
    folder: Mapped[str] = mapped_column(String(80))
    source: Mapped[str] = mapped_column(String(400))  # what a recipe calls it: "sample/sms-spam", "reviews.csv"
    sha256: Mapped[str] = mapped_column(String(64))  # of the table's content
    rows: Mapped[int]
    columns: Mapped[list[str]]
    bytes: Mapped[int]
    note: Mapped[str] = mapped_column(String(400), default="")
    created: Mapped[datetime] = mapped_column(default=now)


class JobRow(Record):
    """Anything that works in the background. ``token`` is the fencing token: a stale one cannot commit."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("project_id", "idempotency_key"),
        Index("ix_jobs_state_position", "state", "position"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))
    owner: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))  # train, measure, folds (which judges what it is the parent of)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(2000), default="")
    details: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str] = mapped_column(String(64))
    position: Mapped[int]  # order in the queue
    control: Mapped[str | None] = mapped_column(String(10))  # pause, stop or cancel: asked for, not yet done
    device: Mapped[str] = mapped_column(String(20), default="auto")  # wanted; the slot tells what was given
    token: Mapped[int] = mapped_column(default=0)
    beat: Mapped[int] = mapped_column(default=0)  # the worker's heartbeat counter
    resumes: Mapped[int] = mapped_column(default=0)  # automatic resumes since the last new checkpoint
    pid: Mapped[int | None]
    pid_created: Mapped[float | None]  # psutil's process start time: a pid alone is not an identity
    created: Mapped[datetime] = mapped_column(default=now)
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]


class SlotRow(Record):
    """One device; the job that holds it works, the others wait."""

    __tablename__ = "slots"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)  # cpu, cuda:0, mps
    title: Mapped[str] = mapped_column(String(200))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id"))


class RunRow(Record):
    """The details of a train job."""

    __tablename__ = "runs"
    __table_args__ = (UniqueConstraint("project_id", "number"),)

    id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(200))
    recipe: Mapped[dict[str, Any]]
    data_version_id: Mapped[str] = mapped_column(ForeignKey("data_versions.id"))
    plan: Mapped[dict[str, Any]]  # what "auto" became, and why
    progress: Mapped[dict[str, Any]]  # RunProgress, rewritten as the run goes on
    summary: Mapped[dict[str, Any]]  # RunSummary, written once at the end
    notes: Mapped[str] = mapped_column(default="")
    binned: Mapped[datetime | None]


class MetricRow(Record):
    """One point of a run's curves: all series of one step in one wide row."""

    __tablename__ = "metrics"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    epoch: Mapped[float]
    values: Mapped[dict[str, Any]]  # loss, learning_rate, samples_per_second; at an epoch's end validation_…


class EventRow(Record):
    """What happened to a job, in order; never changed."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(default=now)
    kind: Mapped[str] = mapped_column(String(20))  # state, info, remark, warning, checkpoint
    text: Mapped[str] = mapped_column(String(2000))


class CheckpointRow(Record):
    __tablename__ = "checkpoints"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # also its folder below checkpoints/<run>/
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    step: Mapped[int]
    best: Mapped[bool] = mapped_column(default=False)
    bytes: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)


class ModelRow(Record):
    """A finished model: an export folder in ``models/<folder>``."""

    __tablename__ = "models"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(80))
    bytes: Mapped[int]
    created: Mapped[datetime] = mapped_column(default=now)
    binned: Mapped[datetime | None]


class EvaluationRow(Record):
    """Scores of one run on one split, beside the baseline's; rows in ``evaluations/<folder>/<split>.parquet``."""

    __tablename__ = "evaluations"
    __table_args__ = (UniqueConstraint("run_id", "split"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    owner: Mapped[str] = mapped_column(String(200))
    split: Mapped[str] = mapped_column(String(20))
    folder: Mapped[str] = mapped_column(String(80))
    scores: Mapped[dict[str, Any]]
    baseline: Mapped[dict[str, Any]]


class ServerRow(Record):
    """A model server process of this machine."""

    __tablename__ = "servers"

    model_id: Mapped[str] = mapped_column(ForeignKey("models.id"), primary_key=True)
    owner: Mapped[str] = mapped_column(String(200))
    port: Mapped[int]
    pid: Mapped[int]
    pid_created: Mapped[float]


class PreferenceRow(Record):
    """What a person chose on the Settings page."""

    __tablename__ = "preferences"

    owner: Mapped[str] = mapped_column(String(200), primary_key=True)
    values: Mapped[dict[str, Any]]
