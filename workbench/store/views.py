"""What leaves the store: frozen values that pages, the command line and workers pass around."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from workbench.recipe import Recipe


class State(StrEnum):
    """The states of a job."""

    QUEUED = "QUEUED"
    LEASED = "LEASED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    INTERRUPTED = "INTERRUPTED"

    @property
    def ended(self) -> bool:
        """No more work will be done, unless somebody starts it again."""
        return self in (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    @property
    def active(self) -> bool:
        """A worker has it, or soon will."""
        return self in (State.QUEUED, State.LEASED, State.RUNNING, State.INTERRUPTED)


@dataclass(frozen=True, slots=True)
class ProjectView:
    id: str
    name: str
    created: datetime
    binned: datetime | None


@dataclass(frozen=True, slots=True)
class DraftView:
    """A project's draft recipe. ``reviewed`` holds the url paths of the pages whose primary button was pressed."""

    project_id: str
    version: int
    recipe: Recipe
    data_version_id: str | None
    reviewed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataVersionView:
    """One version of a data set; ``name`` is the data set's, ``source`` what a recipe calls it."""

    id: str
    data_set_id: str
    project_id: str
    name: str
    number: int
    source: str
    sha256: str
    rows: int
    columns: tuple[str, ...]
    bytes: int
    folder: str
    note: str
    created: datetime
    binned: datetime | None


@dataclass(frozen=True, slots=True)
class JobView:
    id: str
    project_id: str
    kind: str
    state: State
    reason: str
    control: str | None
    device: str
    token: int
    resumes: int
    details: Mapping[str, Any]
    created: datetime
    started: datetime | None
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is. Seconds are active seconds (without pauses); memory is resident, in bytes."""

    phase: str = "waiting"  # waiting, loading, features, training, no room, scoring, done
    waits_for: str = ""  # a sentence on what it cannot go on without
    epoch: float = 0.0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    samples_per_second: float | None = None
    learning_rate: float | None = None
    loss: float | None = None
    memory_bytes: int | None = None
    peak_memory_bytes: int | None = None  # of all its workers
    active_seconds: float = 0.0  # with loading and scoring, without pauses
    best_score: float | None = None
    best_epoch: float | None = None
    best_metric: str = ""  # what best_score is; empty for the task's headline
    halvings: int = 0  # how often memory ran out: so often was halved how many rows are computed at once


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a finished run reports. ``train_seconds`` excludes loading, pauses and scoring; MB = 10**6 bytes.

    ``scores`` and ``baseline`` map a split ("test") to its metrics by stored name, measured on the same rows. Of a run
    in folds they are the means over ``folds`` of them, and ``spread`` is the standard deviation.
    """

    stopped_early: bool = False
    best_step: int | None = None
    best_score: float | None = None
    train_seconds: float | None = None
    samples_per_second: float | None = None
    peak_memory_mb: float | None = None
    seconds_total: float | None = None
    device: str = ""
    precision: str = ""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    baseline: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spread: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    folds: int = 0


@dataclass(frozen=True, slots=True)
class RunView:
    """A train job with its details. ``plan`` maps a training key to what "auto" became and why (value, reason);
    ``resumes`` counts how often another worker went on with it. A run ``in_folds`` is judged by the runs of its folds,
    whose ``parent_id`` it is; its state is what these make of it."""

    id: str
    project_id: str
    number: int
    name: str
    recipe: Recipe
    data_version_id: str
    state: State
    reason: str
    control: str | None
    resumes: int
    plan: Mapping[str, Any]
    progress: RunProgress
    summary: RunSummary
    model_id: str | None
    notes: str
    created: datetime
    started: datetime | None
    ended: datetime | None
    binned: datetime | None
    parent_id: str | None = None
    in_folds: bool = False


@dataclass(frozen=True, slots=True)
class EventView:
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ModelView:
    id: str
    project_id: str
    run_id: str
    name: str
    folder: str
    bytes: int
    created: datetime
    binned: datetime | None


@dataclass(frozen=True, slots=True)
class SlotView:
    name: str
    title: str
    job_id: str | None


@dataclass(frozen=True, slots=True)
class ServerView:
    model_id: str
    port: int
    alive: bool
