"""What every kind of work on a recipe starts from: its rows as the preparation leaves them, its plan, its model."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench.data import image_files
from workbench.data.profiles import profile as profiles
from workbench.data.profiles.profile import TableProfile
from workbench.data.reader import PROFILE
from workbench.data.tables import read_table
from workbench.errors import TrainingError
from workbench.models import catalogue
from workbench.prepare import cache, columns, images
from workbench.prepare.prepared import Prepared
from workbench.prepare.splits import Split
from workbench.prepare.transforms import IMAGE_FUNCTIONS
from workbench.recipe import Recipe
from workbench.store.records import DataSetRow, DataVersionRow
from workbench.store.session import Store
from workbench.tasks import resolve as resolving
from workbench.tasks.protocol import LearnerContext
from workbench.tasks.resolve import Resolved
from workbench.training import machine, rules
from workbench.training.problem import Reporter
from workbench.training.rules import Plan


@dataclass(frozen=True, slots=True)
class Loaded:
    """A recipe with its rows; ``data_name`` and ``data_sha256`` say which rows these were.

    ``profile`` is that of the table as it was imported. ``split`` holds the prepared rows as the task reads them: cells
    of images are paths of files, and the training part has the rows that augmentation adds.
    """

    resolved: Resolved
    prepared: Prepared
    split: Split
    data_name: str
    data_sha256: str
    profile: TableProfile | None = None

    @property
    def recipe(self) -> Recipe:
        return self.resolved.recipe


def load(store: Store, recipe: Recipe, data_version_id: str, reporter: Reporter | None = None) -> Loaded:
    """The rows of a data version as the pages showed them: prepared once, then read from the same cache; images that
    the preparation changes are changed now."""
    with store.reading() as session:
        version = session.get_one(DataVersionRow, data_version_id)
        data_set = session.get_one(DataSetRow, version.data_set_id)
    resolved = resolving.resolve(recipe)
    name = cache.key(version.sha256, resolved.roles, resolved.prepare, recipe.split, recipe.split_seed)
    folder = store.settings.datasets / version.folder
    prepared = cache.kept(
        store.settings.cache / "prepared", name, lambda: resolving.prepare(resolved, read_table(folder))
    )
    if reporter and any(transform.function in IMAGE_FUNCTIONS for transform in prepared.transforms):
        reporter.progress(phase="preparing images")
    split = images.ready(
        prepared.split,
        resolved.roles,
        prepared.transforms,
        folder / image_files.FOLDER,
        store.settings.cache / "images",
    )
    return Loaded(
        resolved=resolved,
        prepared=prepared,
        split=_resampled(resolved, prepared, split),
        data_name=f"{data_set.name} (version {version.number})",
        data_sha256=version.sha256,
        profile=_profile(folder / PROFILE),
    )


def _profile(path: Path) -> TableProfile | None:
    """What is known of the table as it was imported; None where it was not kept."""
    return profiles.from_dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _resampled(resolved: Resolved, prepared: Prepared, split: Split) -> Split:
    """The split with the training rows that augmentation makes; they get numbers that no row of the data has."""
    augmentation, target = resolved.augmenter, resolved.roles.target
    if augmentation is None or augmentation.resample is None or target is None:
        return split
    train = split.train
    features = [str(name) for name in train.columns if name not in resolved.roles.columns]
    numbers = [name for name in features if columns.is_number(train[name])]
    categories = [name for name in features if name not in numbers]
    dropped = [row for rows in prepared.dropped.values() for row in rows]
    parts = (split.train, split.validation, split.test)
    first = 1 + max(row for rows in (*(part.index.tolist() for part in parts), dropped) for row in rows)
    return replace(split, train=augmentation.resample(train, target, numbers, categories, first))


def check(loaded: Loaded, reporter: Reporter) -> None:
    """Tell what the task finds in the rows. Raises TrainingError for what would spoil the result."""
    for finding in loaded.resolved.task.check(loaded.split):
        if finding.level == "error":
            raise TrainingError(finding.what, code=finding.code, remedy=finding.remedy)
        reporter.event("warning", f"{finding.what.rstrip('.')}. {finding.remedy}")


def facts(store: Store, loaded: Loaded, device: str) -> dict[str, Any]:
    """What every "auto" becomes on this machine, and why, as plain values (``rules.plan_from`` reads them)."""
    measured = machine.measured(store.settings.cache)
    model = loaded.recipe.model.id if loaded.recipe.model else None
    chosen = loaded.resolved.task.plan(loaded.recipe.training, loaded.split, device, measured, model)
    return {key: asdict(fact) for key, fact in chosen.items()}


def plan_from(stored: Mapping[str, Any], device: str) -> Plan:
    """The plan that was made at the start; a resumed run may have got another device."""
    return replace(rules.plan_from(stored), device=device)


def context(store: Store, loaded: Loaded, plan: Plan) -> LearnerContext:
    """What the task's learner is given. Raises ModelError when the pretrained model is missing or damaged."""
    model = loaded.recipe.model
    return LearnerContext(
        model=catalogue.locate(store.settings, model.id) if model else None,
        plan=plan,
        seed=loaded.recipe.seed,
        cache=store.settings.cache,
        augment=loaded.resolved.augmenter,
        settings=(model.settings or {}) if model else {},
    )
