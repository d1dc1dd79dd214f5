"""What a project is as one file, which is the same on the way out and on the way in.

The file is a ZIP: ``project.json`` holds the rows, ``datasets/``, ``models/`` and ``evaluations/`` the folders
that they name, ``MANIFEST.json`` size and SHA-256 of each.
"""

from pathlib import Path

from workbench.settings import Settings
from workbench.store.records import (
    DataSetRow,
    DataVersionRow,
    DraftRow,
    EvaluationRow,
    EventRow,
    JobRow,
    MetricRow,
    ModelRow,
    ProjectRow,
    Record,
    RunRow,
)

FORMAT = 1
ROWS = "project.json"

# In the order in which they can be inserted. A draft comes last: it names a data version.
TABLES: tuple[type[Record], ...] = (
    ProjectRow,
    DataSetRow,
    DataVersionRow,
    JobRow,
    RunRow,
    MetricRow,
    EventRow,
    EvaluationRow,
    ModelRow,
    DraftRow,
)
FOLDERS: dict[type[Record], str] = {DataVersionRow: "datasets", EvaluationRow: "evaluations", ModelRow: "models"}


def root(settings: Settings, name: str) -> Path:
    """Where the store keeps the folders that the file keeps below ``name``."""
    return {"datasets": settings.datasets, "models": settings.models, "evaluations": settings.evaluations}[name]
