"""The kinds of problems that the workbench can solve: one file each, and one line here."""

import difflib
import importlib
import os
from collections.abc import Iterator

from workbench.errors import RecipeError
from workbench.tasks.image_autoencoder import TASK as IMAGE_AUTOENCODER
from workbench.tasks.image_classification import TASK as IMAGE_CLASSIFICATION
from workbench.tasks.protocol import Task
from workbench.tasks.question_answering import TASK as QUESTION_ANSWERING
from workbench.tasks.tabular_classification import TASK as TABULAR_CLASSIFICATION
from workbench.tasks.tabular_regression import TASK as TABULAR_REGRESSION
from workbench.tasks.text_classification import TASK as TEXT_CLASSIFICATION
from workbench.tasks.text_regression import TASK as TEXT_REGRESSION
from workbench.tasks.token_classification import TASK as TOKEN_CLASSIFICATION


def _from_elsewhere(names: str) -> Iterator[Task]:
    """Tasks outside this package, from ``WORKBENCH_TASKS="package.module:NAME, …"``: every process imports the same."""
    for name in filter(None, (name.strip() for name in names.split(","))):
        module, _, attribute = name.partition(":")
        yield getattr(importlib.import_module(module), attribute)


TASKS: tuple[Task, ...] = (
    TEXT_CLASSIFICATION,
    IMAGE_CLASSIFICATION,
    IMAGE_AUTOENCODER,
    TABULAR_CLASSIFICATION,
    TABULAR_REGRESSION,
    TEXT_REGRESSION,
    TOKEN_CLASSIFICATION,
    QUESTION_ANSWERING,
    *_from_elsewhere(os.environ.get("WORKBENCH_TASKS", "")),
)


def by_name(name: str) -> Task:
    """The task of that name. Raises RecipeError with the nearest right name."""
    found = next((task for task in TASKS if task.name == name), None)
    if found is None:
        known = [task.name for task in TASKS]
        near = difflib.get_close_matches(name, known, 1, cutoff=0.4)
        raise RecipeError(
            f"there is no task '{name}'",
            where="task",
            remedy=f"Did you mean '{near[0]}'?" if near else f"Choose one of: {', '.join(known)}.",
        )
    return found
